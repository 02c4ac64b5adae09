// The parts of the page below `App` take the one `Kaiwa` from here.

import { createContext } from "svelte";

import type { Kaiwa } from "../kaiwa";

export const [getKaiwa, setKaiwa] = createContext<Kaiwa>();
