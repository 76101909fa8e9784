// Types of a scale-info registry as TypeScript interfaces and as codecs of @dedot/shape.

/** Transparent wrappers, and types with a form of their own. */
const SPECIAL = {
  AccountId: { type: 'Address', codec: 'address' },
  Hash: { type: 'Hex', codec: 'hash32' },
};
const PRIMITIVE = {
  bool: 'boolean', str: 'string',
  u8: 'number', u16: 'number', u32: 'number', i8: 'number', i16: 'number', i32: 'number',
  u64: 'bigint', u128: 'bigint', i64: 'bigint', i128: 'bigint',
};
/** `Error` is JavaScript's own, and a `Call` is any contract's. */
const RENAMED = { Error: 'ErrorName', Call: 'OperationCall' };
/** Thirty-two bytes are an address unless a field's type says otherwise. */
export const IS_HASH = /Hash|OperationId|^\[u8; 32\]$/;

export function doc(lines, indent) {
  const text = (lines ?? []).map((line) => line.replace(/^ /, '').replace(/\*\//g, '* /'));
  if (text.join('').trim() === '') return '';
  if (text.length === 1) return `${indent}/** ${text[0]} */\n`;
  return `${indent}/**\n${text.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

/** Without its documentation, which not every build has. */
const plain = (text) => text.replace(/ *\/\*\*.*?\*\/\n/gs, '');

export class Types {
  /** Name -> { interface, codec, order }. */
  #known = new Map();
  #extra = [];

  static camel(name) {
    const last = name.split('::').at(-1).replace(/^[A-Z]/, (letter) => letter.toLowerCase());
    return last.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  }

  /** A registry's types, by their numbers. */
  scope(list) {
    return new Scope(this, new Map(list.map(({ id, type }) => [id, type])));
  }

  extra(text) {
    this.#extra.push(text);
  }

  /** Notes a type once; another one of the same name is a fault. */
  define(name, make) {
    if (this.#known.has(name)) {
      const held = this.#known.get(name);
      if (held === null) return;
      const again = make();
      if (plain(again.interface) !== plain(held.interface) || again.codec !== held.codec) {
        throw new Error(`two types are called ${name}:\n${held.interface}\n${again.interface}`);
      }
      return;
    }
    this.#known.set(name, null);
    const made = make();
    // After those that it is made of: insertion order is the order of definition.
    this.#known.delete(name);
    this.#known.set(name, made);
  }

  interfaces() {
    return [...this.#known.values()].map((each) => each.interface).join('\n\n') + '\n\n' + this.#extra.join('\n');
  }

  codecs() {
    return [...this.#known.values()].map((each) => each.codec).join('\n\n') + '\n';
  }
}

class Scope {
  #types;
  #registry;
  /** Type number -> name, of those that were defined. */
  #checked = new Set();

  constructor(types, registry) {
    this.#types = types;
    this.#registry = registry;
  }

  type(id, hash = false) {
    return this.#render(id, hash).type;
  }

  /** A type as another file names it. */
  qualified(id, hash = false) {
    const local = (name) => Object.hasOwn(LOCAL, name);
    return this.type(id, hash).replace(/\b([A-Z]\w*)\b/g, (name) => (local(name) ? name : `types.${name}`));
  }

  codec(id, hash = false) {
    return this.#render(id, hash).codec.replace(/\$([A-Z]\w*)/g, 'c.$$$1').replace(/\b(address|hash32)\b/g, 'c.$1');
  }

  /** The codec of a type by its name. */
  named(name) {
    for (const [id, type] of this.#registry) {
      if (type.path?.at(-1) === name) return this.codec(id);
    }
    throw new Error(`no type ${name}`);
  }

  /** What is inside Result<Result<T, E>, LangError>, or inside Result<T, LangError>. */
  insideResult(id, hash = false) {
    const arm = (of, name) => {
      const type = this.#registry.get(of);
      if (type.path?.at(-1) !== 'Result') return undefined;
      return type.def.variant.variants.find((each) => each.name === name).fields[0].type;
    };
    const value = arm(id, 'Ok');
    const inner = arm(value, 'Ok');
    const error = arm(value, 'Err');
    return inner === undefined
      ? { type: this.qualified(value, hash), codec: this.codec(value, hash), fails: 'undefined' }
      : { type: this.qualified(inner, hash), codec: this.codec(inner, hash), fails: this.codec(error) };
  }

  #render(id, hash) {
    const type = this.#registry.get(id);
    const def = type.def;
    const last = type.path?.at(-1);
    if (def.primitive) return { type: PRIMITIVE[def.primitive], codec: `$.${def.primitive}` };
    if (def.compact) {
      const inner = this.#render(def.compact.type, hash);
      return { type: inner.type, codec: `$.compact(${inner.codec})` };
    }
    if (def.array) return this.#array(def.array, hash);
    if (def.sequence) {
      const of = this.#registry.get(def.sequence.type).def;
      if (of.primitive === 'u8') return { type: 'Uint8Array', codec: '$.uint8Array' };
      const inner = this.#render(def.sequence.type, hash);
      return { type: `${bracket(inner.type)}[]`, codec: `$.array(${inner.codec})` };
    }
    if (def.tuple) {
      if (def.tuple.length === 0) return { type: 'undefined', codec: '$.constant(undefined)' };
      const parts = def.tuple.map((each) => this.#render(each, hash));
      return {
        type: `[${parts.map((each) => each.type).join(', ')}]`,
        codec: `$.tuple(${parts.map((each) => each.codec).join(', ')})`,
      };
    }
    if (last === 'Option') {
      const inner = this.#render(def.variant.variants[1].fields[0].type, hash);
      return { type: `${bracket(inner.type)} | undefined`, codec: `$.option(${inner.codec})` };
    }
    if (last === 'Result') {
      const [ok, err] = def.variant.variants.map((each) => this.#render(each.fields[0].type, hash));
      return {
        type: `({ type: 'Ok'; value: ${ok.type} } | { type: 'Err'; error: ${err.type} })`,
        codec:
          `$.taggedUnion('type', { 0: $.variant('Ok', $.field('value', ${ok.codec})), ` +
          `1: $.variant('Err', $.field('error', ${err.codec})) })`,
      };
    }
    if (SPECIAL[last] && type.path[0] === 'ink_primitives') return SPECIAL[last];
    if (last === 'Cell') return this.#render(def.composite.fields[0].type, hash);
    return this.#named(id, type, last);
  }

  #array({ len, type }, hash) {
    const inner = this.#registry.get(type).def;
    if (inner.primitive === 'u8' && len === 32) return hash ? SPECIAL.Hash : SPECIAL.AccountId;
    if (inner.primitive === 'u8') return { type: 'Uint8Array', codec: `$.sizedUint8Array(${len})` };
    const each = this.#render(type, hash);
    const parts = Array(len).fill(each.type).join(', ');
    return { type: `[${parts}]`, codec: `$.sizedArray(${each.codec}, ${len})` };
  }

  #named(id, type, last) {
    const name = RENAMED[last] ?? (type.path[0].replace('-', '_') === 'breakwater_web' ? `Core${last}` : last);
    if (!this.#checked.has(id)) {
      this.#checked.add(id);
      this.#types.define(name, () => this.#definition(name, type));
    }
    return { type: name, codec: `$${name}` };
  }

  #definition(name, { def, docs }) {
    const says = doc(docs, '');
    const declared = (codec) => `export const $${name}: $.Shape<types.${name}> = ${codec};`;
    if (def.composite) {
      const { members, codecs } = this.#fields(def.composite.fields ?? []);
      return {
        interface: `${says}export interface ${name} {\n${members.map((each) => `${each.says}  ${each.text};\n`).join('')}}`,
        codec: declared(`$.object(\n${codecs.map((each) => `  ${each},\n`).join('')}) as never`),
      };
    }
    const variants = def.variant.variants;
    if (variants.every((each) => (each.fields ?? []).length === 0)) {
      const members = variants.map((each) => `${each.index}: '${each.name}'`);
      return {
        interface: `${says}export type ${name} =${variants.map((each) => `\n  | '${each.name}'`).join('')};`,
        codec: declared(`$.literalUnion({ ${members.join(', ')} })`),
      };
    }
    const parts = variants.map((each) => ({ ...each, ...this.#fields(each.fields ?? []) }));
    return {
      interface: `${says}export type ${name} =${parts
        .map((each) => {
          const fields = [`type: '${each.name}'`, ...each.members.map((member) => member.text)];
          return `\n${doc(each.docs, '  ')}  | { ${fields.join('; ')} }`;
        })
        .join('')};`,
      codec: declared(
        `$.taggedUnion('type', {\n${parts
          .map((each) => `  ${each.index}: $.variant(${[`'${each.name}'`, ...each.codecs].join(', ')}),\n`)
          .join('')}}) as never`,
      ),
    };
  }

  /** Fields by name; one without a name is the value, several are a tuple of that name. */
  #fields(fields) {
    const rendered = fields.map((field) => ({
      name: field.name && Types.camel(field.name),
      docs: field.docs,
      ...this.#render(field.type, IS_HASH.test(field.typeName ?? '')),
    }));
    const named =
      rendered.length === 0 || rendered[0].name
        ? rendered
        : rendered.length === 1
          ? [{ ...rendered[0], name: 'value' }]
          : [{
              name: 'value',
              type: `[${rendered.map((each) => each.type).join(', ')}]`,
              codec: `$.tuple(${rendered.map((each) => each.codec).join(', ')})`,
            }];
    return {
      members: named.map(({ name, type, docs }) => ({
        says: doc(docs, '  '),
        text: `${name}${/\| undefined$/.test(type) ? '?' : ''}: ${type}`,
      })),
      codecs: named.map(({ name, codec }) => `$.field('${name}', ${codec})`),
    };
  }
}

/** Names that are not in types.ts. */
const LOCAL = { Address: 1, Hex: 1, Uint8Array: 1, Ok: 1, Err: 1 };

const bracket = (type) => (/[|]/.test(type) && !/^\(.*\)$/.test(type) ? `(${type})` : type);
