// The HTTP side: POST /events adds one job per subscriber of the topic, in one
// transaction, and answers 202 when Redis has answered. Subscriptions are kept
// in Redis, verified as WebSub says, and looked up in memory.
"use strict";

const { randomUUID } = require("node:crypto");
const fastify = require("fastify");
const { Queue } = require("bullmq");
const { request } = require("undici");
const { queueName, jobOptions, bodySeconds, bodyKey, toText } =
  require("./queue.js");

class Subscriptions {
  constructor(redis) {
    this.redis = redis;
    this.byTopic = new Map();
    this.pending = 0;
  }

  async load() {
    const rows = await this.redis.smembers("subscriptions");
    for (const row of rows)
      this.remember(JSON.parse(row));
  }

  remember({ topic, callback }) {
    if (!this.byTopic.has(topic))
      this.byTopic.set(topic, new Set());
    this.byTopic.get(topic).add(callback);
  }

  of(topic) {
    return this.byTopic.get(topic) ?? new Set();
  }

  /// Asks the callback, and stores what it confirms.
  async verify(what) {
    ++this.pending;
    try {
      const url = new URL(what.callback);
      const challenge = randomUUID();
      url.searchParams.set("hub.mode", "subscribe");
      url.searchParams.set("hub.topic", what.topic);
      url.searchParams.set("hub.challenge", challenge);
      url.searchParams.set("hub.lease_seconds", "864000");
      const answer = await request(url);
      if ((await answer.body.text()) !== challenge)
        return;
      await this.redis.sadd("subscriptions", JSON.stringify(what));
      this.remember(what);
    } finally {
      --this.pending;
    }
  }
}

function addRoutes(app, subscriptions, publish) {
  const asBytes = (_, body, done) => done(null, body);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, asBytes);
  app.post("/hub", async (req, reply) => {
    const form = new URLSearchParams(req.body.toString());
    const what = {
      topic: form.get("hub.topic"),
      callback: form.get("hub.callback"),
    };
    subscriptions.verify(what).catch((e) => console.error(e.message));
    return reply.code(202).send();
  });
  app.get("/readyz", async () => ({ status: "ready" }));
  app.get("/metrics", async (_, reply) => reply.type("text/plain").send(
    "# TYPE herald_subscriptions gauge\n"
    + `herald_subscriptions{state="pending"} ${subscriptions.pending}\n`));
  app.post("/events", async (req, reply) => {
    const id = randomUUID();
    await publish(id, req.query.topic, req);
    return reply.code(202).send({ id, topic: req.query.topic });
  });
}

async function startPublisher(options, redis) {
  const queue = new Queue(queueName, { connection: redis });
  const subscriptions = new Subscriptions(redis);
  await subscriptions.load();
  const publish = async (id, topic, req) => {
    const common = {
      event: id,
      topic,
      type: req.headers["content-type"],
      at: Date.now(),
    };
    const body = toText(req.body);
    if (!options.sharedBodies)
      common.body = body;
    else
      await redis.set(bodyKey(id), body, "EX", bodySeconds);
    const jobs = Array.from(subscriptions.of(topic), (callback) => ({
      name: "deliver",
      data: { callback, ...common },
      opts: jobOptions,
    }));
    await queue.addBulk(jobs);
  };
  const app = fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  addRoutes(app, subscriptions, publish);
  await app.listen({ host: options.host, port: options.port });
  return async () => {
    await app.close();
    await queue.close();
  };
}

module.exports = { startPublisher };
