// Prints the table of bench/peers/run from the files that herald_bench wrote,
// ENGINE.SCENARIO.RUN.json, and the peer, ENGINE.SCENARIO.RUN.cpu.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const engines = {
  herald: ["herald", "fsynced"],
  always: ["BullMQ, appendfsync always", "fsynced"],
  "always-shared": ["BullMQ, appendfsync always, bodies stored once", "fsynced"],
  everysec: ["BullMQ, appendfsync everysec", "up to 2 s may be lost"],
  "everysec-shared": [
    "BullMQ, appendfsync everysec, bodies stored once", "up to 2 s may be lost",
  ],
};

const whole = (x) => Math.round(x).toLocaleString("en");
const some = (x) => x.toPrecision(3);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/// CPU of all of the peer's processes over its whole life, per delivery.
function peerCpu(file, metrics, subscribers) {
  const report = file.replace(/json$/, "cpu");
  if (!fs.existsSync(report))
    return undefined;
  const { cpu_s } = JSON.parse(fs.readFileSync(report));
  return (cpu_s * 1e6) / (metrics.accepted * subscribers);
}

function read(folder, name) {
  const [engine, scenario] = name.split(".");
  const file = path.join(folder, name);
  const { metrics } = JSON.parse(fs.readFileSync(file)).medians[0];
  const subscribers = scenario === "fan-out" ? 1000 : 1;
  return {
    key: `${scenario}.${engine}`,
    metrics,
    cpu: peerCpu(file, metrics, subscribers) ?? metrics.engine_cpu_us,
  };
}

function row(key, runs) {
  const [scenario, engine] = key.split(".");
  const of = (name) => median(runs.map((x) => x.metrics[name]));
  const [who, durability] = engines[engine];
  return [
    scenario, who, durability, whole(of("limit_per_s")), whole(of("rate_per_s")),
    some(of("ratio_to_limit")), whole(of("latency_p50_ms")),
    whole(of("latency_p99_ms")), some(median(runs.map((x) => x.cpu))),
  ];
}

function main(folder) {
  const names = fs.readdirSync(folder).filter((x) => x.endsWith(".json"));
  const runs = names.map((x) => read(folder, x));
  console.log("| scenario | engine | a 202 is | limit/s | deliveries/s | ratio"
    + " | p50 ms | p99 ms | CPU us |\n|---|---|---|---|---|---|---|---|---|");
  for (const scenario of ["fan-out", "unicast"])
    for (const engine of Object.keys(engines)) {
      const same = runs.filter((x) => x.key === `${scenario}.${engine}`);
      if (same.length > 0)
        console.log(`| ${row(`${scenario}.${engine}`, same).join(" | ")} |`);
    }
}

main(process.argv[2]);
