// The command line of `serve`, which is as much of herald's as herald_bench
// gives, and this peer's own:
//   --fsync always|everysec   when Redis answers a write (default always)
//   --workers N               processes that deliver (default 1)
//   --concurrency N           jobs at once, of each (default 256)
//   --shared-bodies           a body is stored once, not in each job
//   --report FILE             where to write, at the end, the CPU time spent
"use strict";

const { parseArgs } = require("node:util");

function readOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      listen: { type: "string", default: "127.0.0.1:8080" },
      data: { type: "string", default: "./var" },
      fsync: { type: "string", default: "always" },
      workers: { type: "string", default: "1" },
      concurrency: { type: "string", default: "256" },
      "shared-bodies": { type: "boolean", default: false },
      report: { type: "string" },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== "serve")
    throw new Error("usage: serve --listen ADDRESS:PORT --data FOLDER …");
  if (!["always", "everysec"].includes(values.fsync))
    throw new Error("--fsync is always or everysec");
  const [host, port] = values.listen.split(":");
  return {
    host,
    port: Number(port),
    data: values.data,
    fsync: values.fsync,
    workers: Number(values.workers),
    concurrency: Number(values.concurrency),
    sharedBodies: values["shared-bodies"],
    report: values.report,
  };
}

module.exports = { readOptions };
