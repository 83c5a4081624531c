// A process that delivers: jobs of the queue, each one POST, over kept-alive
// connections per origin. What is not answered by 2xx is thrown, and so tried
// again by BullMQ.
"use strict";

const { Worker } = require("bullmq");
const { Agent, request } = require("undici");
const { connect } = require("./redis.js");
const { queueName, bodyKey, toBytes } = require("./queue.js");

const cachedBodies = 1000;

/// The bodies that were asked for last.
class Bodies {
  constructor(redis) {
    this.redis = redis;
    this.known = new Map();
  }

  of(event) {
    let body = this.known.get(event);
    if (body === undefined) {
      body = this.redis.get(bodyKey(event)).then(toBytes);
      this.known.set(event, body);
      if (this.known.size > cachedBodies)
        this.known.delete(this.known.keys().next().value);
    }
    return body;
  }
}

function startWorker({ socket, concurrency }) {
  const redis = connect(socket);
  const bodies = new Bodies(redis);
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const deliver = async (job) => {
    const { callback, event, topic, type, body } = job.data;
    const answer = await request(callback, {
      dispatcher: agent,
      method: "POST",
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
      headers: {
        "content-type": type ?? "application/octet-stream",
        link: `<${topic}>; rel="self"`,
        "webhook-id": event,
        "user-agent": "bullmq-peer",
      },
      body: body === undefined ? await bodies.of(event) : toBytes(body),
    });
    await answer.body.dump();
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw new Error(`status ${answer.statusCode}`);
  };
  const worker = new Worker(queueName, deliver, {
    connection: redis,
    concurrency,
  });
  worker.on("error", (e) => console.error(e.message));
  // A parent that is gone has taken Redis with it: nothing can be finished.
  process.on("disconnect", () => process.exit(1));
  process.on("message", async () => {
    await worker.close();
    process.exit(0);
  });
}

startWorker(JSON.parse(process.argv[2]));
