export interface ServerEvent {
  type: string;
}
export interface ClientEvent {
  type: string;
}
