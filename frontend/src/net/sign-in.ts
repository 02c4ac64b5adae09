// The key that came with a sign-in link. It is taken out of the address at once, and out of the tab's history with it.

export function takeKey(location: Location, history: History): string | null {
  const address = new URL(location.href);
  const key = address.searchParams.get("key");
  if (key === null) return null;
  address.searchParams.delete("key");
  history.replaceState(null, "", address);
  return key;
}
