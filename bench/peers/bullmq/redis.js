// A Redis server of our own, below the data folder, on a socket of the file
// system; it dies with us.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const Redis = require("ioredis");

// BullMQ wants the last for workers, which wait for jobs within Redis.
function connect(socket) {
  return new Redis({ path: socket, maxRetriesPerRequest: null });
}

async function startRedis(data, fsync) {
  const folder = path.resolve(data);
  fs.mkdirSync(folder, { recursive: true });
  const socket = path.join(folder, "redis.sock");
  const server = spawn(
    "setpriv",
    [
      "--pdeathsig", "KILL", "redis-server",
      "--port", "0", "--unixsocket", socket, "--dir", folder,
      "--appendonly", "yes", "--appendfsync", fsync, "--save", "",
      "--maxmemory-policy", "noeviction",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const client = connect(socket);
  client.on("error", () => {}); // Until it listens: ioredis tries again.
  await Promise.race([
    client.ping(),
    ended.then(() => Promise.reject(new Error("redis-server ended"))),
  ]);
  const stop = async () => {
    client.disconnect();
    server.kill("SIGTERM");
    await ended;
  };
  return { socket, client, stop };
}

module.exports = { startRedis, connect };
