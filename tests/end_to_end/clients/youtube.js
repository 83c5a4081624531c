'use strict';
// A subscriber made of the public library `youtube-notification`, as its users
// write it. Arguments: the hub's URL, a channel, a secret. Prints a line of
// JSON for each thing that it is told.

const { createServer } = require('net');
const YouTubeNotifier = require('youtube-notification');

const [hubUrl, channel, secret] = process.argv.slice(2);
const say = what => process.stdout.write(JSON.stringify(what) + '\n');

function freePort(then) {
  const probe = createServer();
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => then(port));
  });
}

freePort(port => {
  const notifier = new YouTubeNotifier({
    hubUrl,
    hubCallback: `http://127.0.0.1:${port}/youtube`,
    path: '/youtube',
    port,
    secret,
  });
  notifier.on('subscribe', data => say({ event: 'subscribe', ...data }));
  notifier.on('denied', data => say({ event: 'denied', ...data }));
  notifier.on('notified', data => say({ event: 'notified', ...data }));
  notifier.setup();
  notifier.subscribe(channel);
});
