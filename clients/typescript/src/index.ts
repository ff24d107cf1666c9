export { RefusedError } from "./api.js";
export { DeviceClient, type Options } from "./client.js";
export { Session, type Application, type FromServer, type Message, type Publish, type Received, type Registered } from "./session.js";
export { State, type Event, type Receipt } from "./state.js";
export { MemoryStorage, type Storage } from "./storage.js";
