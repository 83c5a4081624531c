// What publisher and workers agree on.
"use strict";

const queueName = "deliveries";

/// Like herald: over days. 5 s, 10 s, 20 s … come to nearly four of them.
const jobOptions = {
  attempts: 17,
  backoff: { type: "exponential", delay: 5000, jitter: 0.2 },
  removeOnComplete: true,
  removeOnFail: { age: 30 * 24 * 3600 },
};

/// A body that is stored once lives as long as its jobs can.
const bodySeconds = 5 * 24 * 3600;

const bodyKey = (event) => `body:${event}`;

/// Bodies are bytes and job data is JSON. This is exact, and the smallest for
/// what most bodies are.
const toText = (bytes) => bytes.toString("latin1");
const toBytes = (text) => Buffer.from(text, "latin1");

module.exports = {
  queueName, jobOptions, bodySeconds, bodyKey, toText, toBytes,
};
