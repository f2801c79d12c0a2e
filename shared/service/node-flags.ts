/**
 * Flags of V8 that a service is started with; the bin's first line and the image name the same ones. Room
 * for short-lived objects: with V8's 16 MB many of a chunk's outlive it and are copied twice, which cost the
 * scorer a tenth of its CPU (docs/performance.md).
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=64'];
