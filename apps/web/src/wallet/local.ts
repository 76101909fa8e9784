/** A node that only this machine can reach: where development keys do no harm. */
export const isLocal = (node: string): boolean => /^ws:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(node);
