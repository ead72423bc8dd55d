import { spawn } from "node:child_process";

/** Ends the server and removes its folder when this process is gone, however it went. */
export interface Watchdog {
  /** The server's process id from now on; undefined while none runs. */
  watch(pid: number | undefined): void;
  release(): void;
}

// A process of its own, because nothing inside a process survives its `kill -9`. It reads process ids, a line each, from
// a pipe; the pipe's end is the parent's end. Plain JavaScript in a string: a file of its own would have to be found
// again after bundling.
const program = `
const { rmSync } = require("node:fs");
const folder = process.argv[1];
let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => { text += part; });
process.stdin.on("end", async () => {
  const pid = Number(text.trim().split("\\n").at(-1));
  const signal = process.platform === "win32" ? "SIGKILL" : "SIGQUIT";
  const send = (name) => { try { return process.kill(pid, name); } catch { return false; } };
  if (pid > 0 && send(signal)) {
    for (let waited = 0; send(0) && waited < 5000; waited += 20) await new Promise((resume) => setTimeout(resume, 20));
    send("SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});
`;

export function startWatchdog(folder: string): Watchdog {
  const child = spawn(process.execPath, ["-e", program, folder], {
    // A session of its own: Ctrl-C goes to the whole foreground group and must not reach the watchdog.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    windowsHide: true,
    cwd: "/",
    env: {},
  });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  return {
    watch: (pid) => {
      child.stdin.write(`${pid ?? 0}\n`);
    },
    release: () => {
      child.stdin.end();
    },
  };
}
