/** For tests: DNS messages as clients write and read them. */

export interface Asked {
  readonly id?: number;
  readonly flags?: number;
  readonly type?: number;
  readonly class?: number;
  /** Adds an OPT record of this version. */
  readonly edns?: number;
}

/** A question for a name, each label as it stands between dots. */
export function question(name: string, { id = 7, flags = 0x0100, edns, ...asked }: Asked = {}): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns === undefined ? 0 : 1, 10);
  const labels = name === '' ? [] : name.split('.');
  const encoded = labels.map((label) =>
    Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]),
  );
  const tail = Buffer.alloc(5); // the root, type, class
  tail.writeUInt16BE(asked.type ?? 1, 1);
  tail.writeUInt16BE(asked.class ?? 1, 3);
  const opt = edns === undefined ? [] : [Buffer.of(0, 0, 41, 4, 208, 0, edns, 0, 0, 0, 0)];
  return Buffer.concat([header, ...encoded, tail, ...opt]);
}

export interface Answered {
  readonly id: number;
  readonly code: number;
  readonly authoritative: boolean;
  /** Dotted. */
  readonly addresses: string[];
  readonly additional: number;
}

/** Reads an answer to a question of the given length that has no EDNS record in it. */
export function readAnswer(answer: Buffer, questionBytes: number): Answered {
  const count = answer.readUInt16BE(6);
  const addresses = Array.from({ length: count }, (_, index) => {
    const end = questionBytes + 16 * (index + 1);
    return [...answer.subarray(end - 4, end)].join('.');
  });
  const flags = answer.readUInt16BE(2);
  return {
    id: answer.readUInt16BE(0),
    code: flags & 0xf,
    authoritative: (flags & 0x8400) === 0x8400,
    addresses,
    additional: answer.readUInt16BE(10),
  };
}
