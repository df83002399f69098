/** The syntax of a scope (RFC 6749, section 3.3), for authors' tools, options, key files and tokens alike. */
export const isScope = (text: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);
