// @ts-check
// The one door to the vendored libraries: pages import from here and never from vendor/.
import { h, render, Fragment } from '../../vendor/preact.js';
import * as hooks from '../../vendor/hooks.js';
import * as signals from '../../vendor/signals.js';
import htm from '../../vendor/htm.js';

/**
 * A value that components follow when they read `.value`.
 * @template T
 * @typedef {{value: T, peek(): T, subscribe(fn: (v: T) => void): () => void}} Signal
 */
/**
 * @template T
 * @typedef {{readonly value: T, peek(): T, subscribe(fn: (v: T) => void): () => void}} ReadSignal
 */

/** @type {any} */
const s = signals;
/** @type {any} */
const k = hooks;

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = /** @type {any} */ (htm).bind(h);
/** @type {(what: any, where: Element) => void} */
export const mountInto = /** @type {any} */ (render);
export { h, render, Fragment };

/** @type {<T>(v: T) => Signal<T>} */
export const signal = s.signal;
/** @type {<T>(fn: () => T) => ReadSignal<T>} */
export const computed = s.computed;
/** @type {(fn: () => void | (() => void)) => () => void} */
export const effect = s.effect;
/** @type {<T>(fn: () => T) => T} */
export const batch = s.batch;
/** @type {<T>(fn: () => T) => T} */
export const untracked = s.untracked;
/** @type {<T>(v: T) => Signal<T>} */
export const useSignal = s.useSignal;
/** @type {<T>(fn: () => T) => ReadSignal<T>} */
export const useComputed = s.useComputed;
/** @type {(fn: () => void | (() => void)) => void} */
export const useSignalEffect = s.useSignalEffect;

/** @type {(fn: () => void | (() => void), inputs?: any[]) => void} */
export const useEffect = k.useEffect;
/** @type {(fn: () => void | (() => void), inputs?: any[]) => void} */
export const useLayoutEffect = k.useLayoutEffect;
/** @type {<T>(v: T) => {current: T}} */
export const useRef = k.useRef;
/** @type {<T>(v: T | (() => T)) => [T, (v: T | ((old: T) => T)) => void]} */
export const useState = k.useState;
/** @type {<T>(fn: () => T, inputs?: any[]) => T} */
export const useMemo = k.useMemo;
/** @type {<T extends Function>(fn: T, inputs?: any[]) => T} */
export const useCallback = k.useCallback;
/** @type {() => string} */
export const useId = k.useId;
