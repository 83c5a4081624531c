'use strict';
// A subscriber made of the public library `pubsubhubbub`, as its users write
// it. Arguments: the hub's URL and the topic. Prints a line of JSON for each
// thing that it is told.

const pubsubhubbub = require('pubsubhubbub');

const [hub, topic] = process.argv.slice(2);
const say = what => process.stdout.write(JSON.stringify(what) + '\n');

const subscriber = pubsubhubbub.createServer({});

subscriber.on('listen', () => {
  const { port } = subscriber.server.address();
  subscriber.callbackUrl = `http://127.0.0.1:${port}/callback`;
  subscriber.subscribe(topic, hub, error => {
    if (error) say({ event: 'error', message: error.message });
  });
});

subscriber.on('subscribe', data => say({ event: 'subscribe', ...data }));
subscriber.on('unsubscribe', data => say({ event: 'unsubscribe', ...data }));
subscriber.on('denied', data => say({ event: 'denied', topic: data.topic }));
subscriber.on('error', error => say({ event: 'error', message: error.message }));
subscriber.on('feed', data =>
  say({
    event: 'feed',
    topic: data.topic,
    hub: data.hub,
    type: data.headers['content-type'],
    body: data.feed.toString('base64'),
  }),
);

subscriber.listen(0, '127.0.0.1');
