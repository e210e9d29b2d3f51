/** How environment variables name secrets: by id in the service's own project, or in full, `projects/P/secrets/S`. */
export function secretParts(name: string): { readonly project?: string; readonly secret: string } {
  const [, project, secret] = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(name) ?? [];
  return project === undefined || secret === undefined ? { secret: name } : { project, secret };
}
