import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyChecks, crossProject } from '../formats/testing-reports.js';
import { type Graph, graphOf, mermaid, svg } from './index.js';

/** Enough of https://www.w3.org/TR/xml/ to know that a document is well-formed. */
function expectWellFormed(text: string): void {
  expect(text).not.toMatch(/[^\P{Cc}\n\t]|[\ufffe\uffff]/u);
  const open: string[] = [];
  const rest = text.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g,
    (_, closing: string, name: string, attributes: string, empty: string) => {
      if (closing) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return attributes.replace(/"[^"]*"/g, (value) => value.slice(1, -1)).replaceAll('=', '');
    },
  );
  expect(open).toEqual([]);
  expect(rest.replace(/&(?:amp|lt|gt|quot);/g, '')).not.toMatch(/[<&]/);
}

const drawn = async () =>
  graphOf(
    await crossProject({ secrets: ['//secretmanager.googleapis.com/projects/myproject-a/secrets/key'] }),
  );

describe('the picture of a check', () => {
  it('goes from moment to moment, and has an edge for every requirement', async () => {
    const report = await crossProject();
    const graph = graphOf(report);
    expect(graph.panels.map(({ moment }) => moment)).toEqual(['admission', 'pull']);
    for (const { moment, edges, nodes } of graph.panels) {
      const asked = report.requirements.filter((each) => each.moment === moment);
      expect(new Set(edges.map(({ requirement }) => requirement))).toEqual(
        new Set(asked.map(({ id }) => id)),
      );
      const ids = new Set(nodes.map(({ id }) => id));
      for (const { from, to } of edges) expect(ids.has(from) && ids.has(to)).toBe(true);
    }
  });

  it('is red where it breaks, and names the role where it does not', async () => {
    const { panels } = graphOf(await crossProject());
    const shadeOf = (requirement: string) =>
      panels.flatMap(({ edges }) => edges).find((edge) => edge.requirement === requirement)?.shade;
    expect(shadeOf('agent-pulls-image')).toBe('denied');
    expect(shadeOf('deployer-reads-image')).toBe('granted');
    const means = panels.flatMap(({ nodes }) => nodes).filter(({ kind }) => kind === 'means');
    expect(means).toContainEqual({
      id: expect.any(String),
      kind: 'means',
      title: ['✓ iam.serviceAccounts.actAs'],
      lines: [
        'roles/iam.serviceAccountUser',
        'on service account runtime@',
        'myproject-a.iam.gserviceaccount.com',
      ],
      shade: 'granted',
    });
    expect(means.find(({ shade }) => shade === 'denied')).toMatchObject({
      title: ['✗ artifactregistry.repositories.', 'downloadArtifacts'],
      lines: ['fails: no role grants it'],
    });
  });

  it('tells what warns and what is not known from what breaks', async () => {
    const report = await crossProject();
    const requirements = report.requirements.map((each, index) => ({
      ...each,
      ...(index === 3
        ? ({ verdict: 'denied', effect: 'warns' } as const)
        : ({ verdict: 'unknown' } as const)),
    }));
    const { panels } = graphOf({ ...report, requirements });
    expect(new Set(panels.flatMap(({ edges }) => edges.map(({ shade }) => shade)))).toEqual(
      new Set(['warned', 'unknown']),
    );
  });
});

describe('as Mermaid', () => {
  it('is a flowchart with a group per moment', async () => {
    expect(mermaid(await drawn())).toMatchSnapshot();
  });

  it('lets no name out of its label', () => {
    const line =
      /^(?:flowchart LR| {2,4}(?:\w+(?:\(\[|\[\(|\[)"[^"`%<>&;]*(?:(?:#\d+;|<br\/>)[^"`%<>&;]*)*"(?:\]\)|\)\]|\])|subgraph \w+\["[^"]*"\]|direction LR|end|\w+ (?:-->|-\.-x|-\.->|~~~) \w+|(?:classDef|class|linkStyle) [\w ,:#.-]+))?$/;
    fc.assert(
      fc.property(anyChecks, ({ checks }) => {
        for (const check of checks)
          for (const text of mermaid(graphOf(check)).split('\n')) expect(text).toMatch(line);
      }),
      { numRuns: 60 },
    );
  });
});

describe('as SVG', () => {
  it('has everything in it, and nothing from elsewhere', async () => {
    const graph = await drawn();
    const text = await svg(graph);
    expectWellFormed(text);
    expect(text).toContain('<title id="title">service web in myproject-a (asia-northeast1)</title>');
    expect(text).toMatch(/ 14 requirements, 2 of them not granted\.<\/desc>/);
    expect(text).not.toMatch(/<script|href=|url\((?!#)|@import/);
    const edges = graph.panels.flatMap((panel) => panel.edges);
    expect(text.match(/marker-end=/g)).toHaveLength(edges.length);
    expect(text.match(/class="edge denied"[^>]*marker-end/g)).toHaveLength(
      edges.filter(({ shade }) => shade === 'denied').length,
    );
  });

  it('keeps every box and every text within the page, in Japanese too', async () => {
    const text = await svg(graphOf(await crossProject(), 'ja'));
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(text) ?? [];
    const boxes = [...text.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"/g)];
    expect(boxes.length).toBeGreaterThan(8);
    for (const [, x, y, w, h] of boxes) {
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(Number(width));
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(Number(height));
    }
  });

  it('is well-formed whatever things are called', async () => {
    await fc.assert(
      fc.asyncProperty(anyChecks, async ({ checks }) => {
        for (const check of checks) expectWellFormed(await svg(graphOf(check)));
      }),
      { numRuns: 40 },
    );
  });

  it('draws a check that asks for nothing', async () => {
    const empty: Graph = graphOf({ ...(await crossProject()), requirements: [] });
    expectWellFormed(await svg(empty));
  });
});
