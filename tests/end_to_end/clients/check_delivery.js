'use strict';
// What the public libraries `standardwebhooks` and `cloudevents` make of a
// delivery. Argument: a file with {"headers","body","secret"}, the body in
// base64. Prints one line of JSON.

const { readFileSync } = require('fs');
const { Webhook } = require('standardwebhooks');
const { HTTP } = require('cloudevents');

function checked({ headers, body, secret }) {
  const text = Buffer.from(body, 'base64').toString('utf8');
  const result = {};
  if (secret) {
    try {
      result.verified = new Webhook(secret).verify(text, headers);
    } catch (error) {
      result.refused = error.message;
    }
  } else {
    const event = HTTP.toEvent({ headers, body: text });
    event.validate();
    result.event = event.toJSON();
  }
  return result;
}

const input = readFileSync(process.argv[2], 'utf8');
console.log(JSON.stringify(checked(JSON.parse(input))));
