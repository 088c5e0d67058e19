// graphile-worker with the settings of its own performance test: `noop.js add URL JOBS` makes its schema and
// adds no-op jobs, `noop.js run URL JOBS` runs them and prints the seconds from the start of the worker until
// the last was written back, which is to delete it.
process.env.NO_LOG_SUCCESS = "1"; // read when the module is loaded
const { makeWorkerUtils, runOnce } = await import("graphile-worker");

const [command, connectionString, count] = process.argv.slice(2);
const jobs = Number(count);
const batch = 5_000;
const preset = {
    worker: {
        connectionString,
        concurrentJobs: 24,
        maxPoolSize: 25,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
    },
};

async function add(utils) {
    await utils.migrate();
    for (let first = 0; first < jobs; first += batch) {
        const length = Math.min(batch, jobs - first);
        const specs = Array.from({ length }, (_, i) => ({ identifier: "noop", payload: { id: first + i } }));
        await utils.addJobs(specs);
    }
}

async function run(utils) {
    let ran = 0;
    const taskList = { noop: () => { ran += 1; } };
    const begun = performance.now();
    await runOnce({ preset, taskList });
    const seconds = (performance.now() - begun) / 1000;
    const { rows } = await utils.withPgClient((client) =>
        client.query("SELECT count(*)::int AS left FROM graphile_worker.jobs"),
    );
    if (ran !== jobs || rows[0].left !== 0) {
        throw new Error(`${ran} of ${jobs} jobs ran, ${rows[0].left} are left`);
    }
    console.log(JSON.stringify({ jobs, seconds }));
}

const utils = await makeWorkerUtils({ preset });
await (command === "add" ? add(utils) : run(utils));
await utils.release();
