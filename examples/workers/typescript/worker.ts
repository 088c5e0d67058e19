// A worker that counts words: leases count_words tasks over gRPC, reports progress, obeys cancellation.
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

type Held = { task_id: string; lease_token: string };
type Task = Held & { parameters_json: string };

const env = process.env;
const server = env.ESM_WORKER_SERVER ?? "127.0.0.1:5102";
const secret = `${env.ESM_WORKER_CLIENT_ID}:${env.ESM_WORKER_CLIENT_SECRET}`;
const contract = loadSync("eventstreammonitor/tasks/v1/workers.proto", {
    includeDirs: [env.PROTO ?? "../../../contracts/proto"],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
});
const loaded = grpc.loadPackageDefinition(contract) as any;
// A call that finds nobody is tried again, so that a server that starts anew costs no work.
const retryPolicy = {
    maxAttempts: 5,
    initialBackoff: "1s",
    maxBackoff: "10s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE"],
};
const { WorkerService } = loaded.eventstreammonitor.tasks.v1;
const worker = new WorkerService(server, grpc.credentials.createInsecure(), {
    "grpc.service_config": JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }),
});

// An access token of the client's own, renewed before it ends.
let token = { text: "", goodUntil: 0 };
async function accessToken(): Promise<string> {
    if (Date.now() > token.goodUntil) {
        const answer = await fetch(env.ESM_WORKER_TOKEN_URL!, {
            method: "POST",
            headers: { authorization: `Basic ${Buffer.from(secret).toString("base64")}` },
            body: new URLSearchParams({ grant_type: "client_credentials", scope: "tasks:work" }),
        });
        if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
        const got = (await answer.json()) as { access_token: string; expires_in: number };
        token = { text: got.access_token, goodUntil: Date.now() + got.expires_in * 500 };
    }
    return token.text;
}

async function call(method: string, request: object, seconds = 20): Promise<any> {
    const metadata = new grpc.Metadata();
    metadata.set("authorization", `Bearer ${await accessToken()}`);
    const options = { deadline: Date.now() + seconds * 1000 };
    return new Promise((done, failed) =>
        worker[method](request, metadata, options, (problem: Error | null, reply: any) =>
            problem ? failed(problem) : done(reply),
        ),
    );
}

// The work is not wanted any more: cancelled, or another worker's by now.
class Stop extends Error {}

async function countWords(parameters: any, beat: (progress: number) => Promise<void>) {
    if (typeof parameters.text !== "string") throw new TypeError('parameters must be {"text": "…"}');
    const lines: string[] = parameters.text.split("\n");
    const counts = new Map<string, number>();
    let words = 0;
    for (const [done, line] of lines.entries()) {
        for (const word of line.toLowerCase().split(/\s+/).filter(Boolean)) {
            words += 1;
            counts.set(word, (counts.get(word) ?? 0) + 1);
        }
        await sleep(parameters.pausePerLineMs ?? 0); // to watch it work
        await beat(Math.floor((100 * done) / lines.length));
    }
    return { words, distinct: counts.size };
}

async function workOn({ task_id, lease_token, parameters_json }: Task, leaseMs: number): Promise<void> {
    const held: Held = { task_id, lease_token };
    let nextBeat = Date.now();
    const beat = async (progress: number) => {
        if (Date.now() < nextBeat) return;
        nextBeat = Date.now() + Math.min(leaseMs / 3, 1000);
        const { pulses } = await call("Heartbeat", { items: [{ ...held, progress }] });
        if (pulses[0] !== "PULSE_OK") throw new Stop(pulses[0]);
    };
    try {
        const result = await countWords(JSON.parse(parameters_json), beat);
        await call("Complete", { items: [{ ...held, result_json: JSON.stringify(result) }] });
    } catch (problem) {
        if (problem instanceof TypeError) {
            await call("Fail", { ...held, error_message: problem.message, final: true });
        } else if (!(problem instanceof Stop)) {
            throw problem;
        } else if (problem.message === "PULSE_CANCEL") {
            // Who lost the task has nothing to say any more.
            await call("Fail", { ...held, error_message: "stopped, as asked" });
        }
    }
}

const name = `${hostname()}:${process.pid}`;
const asked = { worker: name, task_types: ["count_words"], max: 1, wait_ms: 30_000 };
for (let wait = 1000; ; ) {
    try {
        const { tasks, lease_ms } = await call("Lease", asked, 40);
        for (const task of tasks) await workOn(task, lease_ms);
        wait = 1000;
    } catch (problem) {
        console.error("worker:", problem);
        await sleep(wait * (0.5 + Math.random() / 2));
        wait = Math.min(wait * 2, 30_000);
    }
}
