/**
 * The device protocol without I/O: what to send for what was received.
 *
 * The session speaks in objects; whoever carries them makes JSON of them and brings a connection. One round of its life:
 *
 *     registration() → POST /device/v1/register → registered(answer)     when mustRegister(); refused(code) for a refusal
 *     connect, subscribe to `topic` with QoS 0, send connected()
 *     received(message) for each message, report(pushId, event) for what the user does
 *     lost() → wait pause() seconds → again
 *
 * The laws it keeps are told in docs/device-protocol.md, and tested by clients/conformance.json.
 *
 * Carriers hand a message to the app first, save the state second, and confirm third: a death in between repeats a message
 * rather than losing it.
 */

import { State, type Event, type Receipt } from "./state.js";

/** Who was not told `synced` for so many seconds asks again. */
export const SYNC_SECONDS = 30;
const LONGEST_PAUSE = 60;
/** A credential is renewed so long before its end, or at half of its life if that is later. */
const RENEW_SECONDS = 600;
/** How long after its end a message is still given out: clocks, and messages on their way. */
const TOLERANCE_SECONDS = 60;
/** A message to the server may have 64 KB. */
const RECEIPTS_AT_ONCE = 500;

/** The application a device belongs to, and what the device says about itself. */
export interface Application {
  access_id: number;
  access_key: string;
  /** Members of /device/v1/register; all of them each time. */
  profile: { platform: "android" | "ios"; [member: string]: unknown };
}

/** The answer of /device/v1/register. */
export interface Registered {
  token: string;
  device_id: number;
  device_secret?: string;
  client_id: string;
  jwt: string;
  expires_at: number;
  now?: number;
  channel: { mqtt: string; ws: string; nats: string };
}

/** A notification or message, as docs/device-protocol.md describes it; more members as the push carried them. */
export interface Message {
  type: "notify" | "message";
  push_id: string;
  seq: number;
  expire_at?: number;
  collapse_id?: string;
  title?: string;
  content?: string;
  [member: string]: unknown;
}

/** Whatever the server sends. */
export type FromServer =
  | Message
  | { type: "recall"; push_id: string }
  | { type: "ack"; receipts: { push_id: string; event: string }[] }
  | { type: "synced" };

/** To be published with QoS 0; `body` as JSON. */
export interface Publish {
  topic: string;
  body: unknown;
}

export interface Received {
  /** `new` and `recall` are for the app. */
  kind: "new" | "repeated" | "expired" | "outdated" | "recall" | "ack" | "synced" | "unknown";
  /** To be sent. */
  publish: Publish[];
  /** Of a new message: the push id of the one it takes the place of, which may still be on the screen. */
  replaces: string;
}

/** One device's side of the protocol. `clock` gives Unix seconds. */
export class Session {
  /** Of the last registration; undefined when the device has to register. */
  answer: Registered | undefined;
  /** Connected, and told all that was missed. */
  synced = false;
  #ahead = 0;
  #renewAt = 0;
  #failures = 0;
  #name = "";

  constructor(
    public application: Application,
    readonly state: State,
    private readonly clock: () => number = () => Date.now() / 1000,
  ) {}

  /** There is no credential, it was refused, or it is near its end. */
  mustRegister(): boolean {
    return !this.answer || this.#now() >= this.#renewAt;
  }

  /** Something the server was told has changed. */
  renew(): void {
    this.answer = undefined;
  }

  /** The body of /device/v1/register. */
  registration(): Record<string, unknown> {
    const { access_id, access_key, profile } = this.application;
    const { token, device_secret } = this.state;
    return { ...profile, access_id, access_key, ...(token && { token }), ...(device_secret && { device_secret }) };
  }

  /** The answer to it. The state has to be saved now: the secret is told once. */
  registered(answer: Registered): void {
    this.answer = answer;
    this.state.token = answer.token;
    this.state.device_secret = answer.device_secret || this.state.device_secret;
    this.#name = `${this.application.access_id}/${answer.device_id}`;
    this.#ahead = this.clock() - (answer.now ?? this.clock());
    const life = answer.expires_at - this.#now();
    this.#renewAt = answer.expires_at - Math.min(RENEW_SECONDS, life / 2);
  }

  /** The registration was refused with this code; the state has to be saved. */
  refused(code: string): void {
    if (code === "token_taken") this.state.beginAnew();
  }

  /** To subscribe to. */
  get topic(): string {
    return `d/${this.#name}`;
  }

  /** To be sent after the subscription: first ask, then nothing slips between. */
  connected(): Publish[] {
    const kept = [...this.state.unacknowledged.values()];
    const outgoing = [this.sync()];
    for (let start = 0; start < kept.length; start += RECEIPTS_AT_ONCE) {
      outgoing.push(this.#receipts(kept.slice(start, start + RECEIPTS_AT_ONCE)));
    }
    return outgoing;
  }

  /** The question for what was missed; also when no `synced` came for SYNC_SECONDS. */
  sync(): Publish {
    return { topic: `s/${this.#name}`, body: {} };
  }

  /** A message came. Throws TypeError for what is no message of the protocol. */
  received(message: FromServer): Received {
    switch (message.type) {
      case "notify":
      case "message":
        return this.#message(message);
      case "synced":
        this.synced = true;
        this.#failures = 0;
        return received("synced");
      case "ack":
        for (const receipt of message.receipts) this.state.forget(receipt);
        return received("ack");
      case "recall":
        this.state.see(message.push_id);
        return received("recall");
      default:
        return received("unknown");
    }
  }

  /** Kept until acknowledged. Sent now if connected, else by `connected`. */
  report(pushId: string, event: Event): Publish {
    const receipt: Receipt = { push_id: pushId, event, at: Math.floor(this.#now()) };
    this.state.keep(receipt);
    return this.#receipts(receipt);
  }

  /** The connection has ended, or was refused by a server that was there. */
  lost(): void {
    if (!this.synced) this.answer = undefined;
    this.synced = false;
  }

  /** Seconds to wait before the next attempt: 1, 2, 4 … 60, each ± 50 %, from 1 again once synced. */
  pause(): number {
    const seconds = Math.min(2 ** this.#failures, LONGEST_PAUSE);
    this.#failures = Math.min(this.#failures + 1, 10);
    return seconds * (0.5 + Math.random());
  }

  /** Unix seconds by the server's clock. */
  #now(): number {
    return this.clock() - this.#ahead;
  }

  #receipts(body: Receipt | Receipt[]): Publish {
    return { topic: `r/${this.#name}`, body };
  }

  #message(message: Message): Received {
    const { push_id, seq, expire_at = 0, collapse_id } = message;
    const confirmed = { topic: `r/${this.#name}`, body: { push_id, event: "arrived" } };
    if (!this.state.see(push_id)) return received("repeated", confirmed);
    if (expire_at > 0 && expire_at < this.#now() - TOLERANCE_SECONDS) return received("expired", confirmed);
    if (!collapse_id) return received("new", confirmed);
    const shown = this.state.shown.get(collapse_id);
    if (shown && seq < shown.seq) return received("outdated", confirmed);
    this.state.show({ collapse_id, seq, push_id });
    return { ...received("new", confirmed), replaces: shown?.push_id ?? "" };
  }
}

function received(kind: Received["kind"], ...publish: Publish[]): Received {
  return { kind, publish, replaces: "" };
}
