/**
 * A device on MQTT.js: registers, stays connected, hands messages to the app.
 *
 * MQTT.js's own reconnect is off: it can't register in between, and would bring a whole fleet back at the same moment.
 */

import mqtt, { type ErrorWithReasonCode, type MqttClient } from "mqtt";

import { post, RefusedError } from "./api.js";
import {
  Session, SYNC_SECONDS, type Application, type FromServer, type Message, type Publish, type Received, type Registered,
} from "./session.js";
import { State, type Event } from "./state.js";
import type { Storage } from "./storage.js";

/** Below the five minutes after which many networks forget a silent connection. */
const KEEP_ALIVE_SECONDS = 240;
const CONNECT_SECONDS = 30;
/** How long a call waits for a registration under way. */
const REGISTERING_SECONDS = 10;
const SUBSCRIPTION_FAILED = 128;

export interface Options {
  /** The server's, https://host */
  url: string;
  application: Application;
  storage: Storage;
  /** Gets a message, and the push id of the shown one it replaces, or "". Its arrival is confirmed when this is done. */
  onMessage(message: Message, replaces: string): void | Promise<void>;
  /** Gets the push id whose notification is to be removed, if it is still there. */
  onRecall?(pushId: string): void | Promise<void>;
  /** The device is connected and was told all it had missed, or is not any more. */
  onOnline?(online: boolean): void;
  /** What went wrong; the client goes on by itself. console.warn unless given. */
  onError?(error: unknown): void;
  /**
   * Instead of POST /device/v1/register: through a server of yours that knows the Access Key, so that the app need not
   * (give any access_key then). Rejects with RefusedError for what the device API refuses, so that its codes are acted upon.
   */
  register?(body: Record<string, unknown>): Promise<Registered>;
  /** Claims an imported device, at the first start. */
  token?: string;
  /** `ws` (default) works everywhere, `mqtt` (TCP, or TLS) in Node. */
  transport?: "ws" | "mqtt";
}

/** Of one connection, of the client's life, or of its having no credential. */
class Ending {
  readonly done: Promise<void>;
  over = false;
  #resolve!: () => void;

  constructor() {
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  end(): void {
    this.over = true;
    this.#resolve();
  }

  /** Until it ends, for so many seconds at most. */
  async within(seconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, seconds * 1000)));
    await Promise.race([this.done, late]);
    clearTimeout(timer);
  }
}

export class DeviceClient {
  readonly #options: Options;
  readonly #url: string;
  #session: Session | undefined;
  #mqtt: MqttClient | undefined;
  #stopping = new Ending();
  #connection = new Ending();
  /** Ends with the next registration. */
  #unregistered = new Ending();
  #life: Promise<void> = Promise.resolve();
  /** Messages are handed over, and states saved, one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#url = options.url.replace(/\/+$/, "");
  }

  /** What your servers push to; empty before the first registration. */
  get token(): string {
    return this.#session?.state.token ?? "";
  }

  /** Connected, and told all that was missed. */
  get online(): boolean {
    return this.#session?.synced ?? false;
  }

  /** Resolves when the kept state was read: `onOnline` tells when the device is there. */
  async start(): Promise<void> {
    this.#stopping = new Ending();
    this.#session = new Session(this.#options.application, await this.#loaded());
    this.#life = this.#run(this.#session);
  }

  /** Disconnect; resolves when everything has come to rest. */
  async stop(): Promise<void> {
    this.#stopping.end();
    this.#connection.end();
    await this.#life;
    await this.#turn;
  }

  /** What the user did. Kept, over restarts too, until the server has it; resolves when it is kept. */
  async report(pushId: string, event: Event): Promise<void> {
    const outgoing = this.#started.report(pushId, event);
    if (this.#mqtt?.connected) this.#publish(outgoing); // also while what was missed is still coming
    await this.#inTurn(() => this.#save());
  }

  /** The device has changed: register again with these members. */
  update(profile: Application["profile"]): void {
    const session = this.#started;
    session.application = { ...session.application, profile };
    session.renew();
    this.#connection.end();
  }

  /**
   * Call the device API as this device, such as `accounts`. Rejects with RefusedError, or fetch's own error.
   *
   * While the device is registering (again) the call waits for that, REGISTERING_SECONDS at most.
   */
  async call<Answer = unknown>(name: string, body: Record<string, unknown>): Promise<Answer> {
    if (!this.#started.answer) await this.#unregistered.within(REGISTERING_SECONDS);
    try {
      return await post<Answer>(this.#url, name, body, this.#started.answer?.jwt);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) {
        this.#started.renew();
        this.#connection.end();
      }
      throw error;
    }
  }

  /** Get nothing any more, and stop. Token and accounts are kept for the next start. Rejects like `call`. */
  async unregister(): Promise<void> {
    await this.call("unregister", {});
    await this.stop();
  }

  get #started(): Session {
    if (!this.#session) throw new Error("start the client first");
    return this.#session;
  }

  async #run(session: Session): Promise<void> {
    while (!this.#stopping.over) {
      this.#connection = new Ending();
      try {
        await this.#stay(session, await this.#credential(session), this.#connection);
      } catch (error) {
        this.#failed(error);
      }
      await this.#stopping.within(session.pause());
    }
  }

  /** The answer to a registration that is still good, or to a new one. */
  async #credential(session: Session): Promise<Registered> {
    if (session.answer && !session.mustRegister()) return session.answer;
    const { application } = session;
    try {
      const answer = await this.#register(session.registration());
      session.registered(answer);
      if (session.application !== application) session.renew(); // it was updated meanwhile
      else this.#hasRegistered();
      return answer;
    } catch (error) {
      if (error instanceof RefusedError) session.refused(error.code);
      throw error;
    } finally {
      await this.#inTurn(() => this.#save());
    }
  }

  /** Whoever waits for a credential has one. */
  #hasRegistered(): void {
    this.#unregistered.end();
    this.#unregistered = new Ending();
  }

  #register(body: Record<string, unknown>): Promise<Registered> {
    return this.#options.register?.(body) ?? post<Registered>(this.#url, "register", body);
  }

  /** Connect, and stay until the connection is lost or a new credential is due. */
  async #stay(session: Session, answer: Registered, connection: Ending): Promise<void> {
    if (connection.over) return;
    const client = this.#connect(session, answer, connection);
    this.#mqtt = client;
    await connection.within(SYNC_SECONDS);
    while (!connection.over && !session.mustRegister()) {
      if (client.connected && !session.synced) this.#publish(session.sync());
      await connection.within(SYNC_SECONDS);
    }
    this.#mqtt = undefined;
    client.end(!client.connected); // one that is still connecting would come up after all, and stay
    this.#options.onOnline?.(false);
  }

  #connect(session: Session, answer: Registered, connection: Ending): MqttClient {
    const client = mqtt.connect(answer.channel[this.#options.transport ?? "ws"], {
      clientId: answer.client_id,
      username: "device",
      password: answer.jwt,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEP_ALIVE_SECONDS,
      connectTimeout: CONNECT_SECONDS * 1000,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      timerVariant: "native", // the other starts a worker from a blob:, which a strict Content-Security-Policy forbids
    });
    let reached = false;
    client.on("connect", () => {
      reached = true;
      client.subscribe(session.topic, { qos: 0 }, (error, granted) => {
        if (error || granted?.some(({ qos }) => (qos as number) === SUBSCRIPTION_FAILED)) connection.end();
      });
      for (const outgoing of session.connected()) this.#publish(outgoing);
    });
    client.on("message", (_topic, payload) => {
      if (!connection.over) this.#received(session, payload.toString());
    });
    client.on("error", (error) => {
      reached ||= typeof (error as ErrorWithReasonCode).code === "number"; // the server's refusal; the network's are texts
      this.#failed(error);
    });
    client.on("close", () => connection.end());
    void connection.done.then(() => reached && session.lost());
    return client;
  }

  #received(session: Session, payload: string): void {
    try {
      const message = JSON.parse(payload) as FromServer;
      const result = session.received(message);
      void this.#inTurn(() => this.#handle(message, result));
    } catch (error) {
      this.#failed(error); // nothing we can read
    }
  }

  /** The app first, the state second, the confirmation third; an app's mistake stops neither. */
  async #handle(message: FromServer, { kind, publish, replaces }: Received): Promise<void> {
    try {
      if (kind === "new") await this.#options.onMessage(message as Message, replaces);
      if (message.type === "recall") await this.#options.onRecall?.(message.push_id);
    } catch (error) {
      this.#failed(error);
    }
    await this.#save();
    publish.forEach((outgoing) => this.#publish(outgoing));
    if (kind === "synced") this.#options.onOnline?.(true);
  }

  #publish({ topic, body }: Publish): void {
    this.#mqtt?.publish(topic, JSON.stringify(body), { qos: 0 });
  }

  /** Whatever fails is told, and the next one has its turn. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#failed(error));
    return this.#turn;
  }

  async #loaded(): Promise<State> {
    const text = await this.#options.storage.getItem(this.#key);
    try {
      if (text) return State.fromJson(text);
    } catch (error) {
      this.#failed(error); // what was kept can't be read: begin as a new device
    }
    return new State(this.#options.token);
  }

  async #save(): Promise<void> {
    await this.#options.storage.setItem(this.#key, this.#started.state.toJson());
  }

  get #key(): string {
    return `rockdove-device-${this.#options.application.access_id}`;
  }

  #failed(error: unknown): void {
    if (this.#options.onError) this.#options.onError(error);
    else console.warn("device client:", error);
  }
}
