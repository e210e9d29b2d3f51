/**
 * What a repository with immutable tags says no with (docs "Create standard repositories": tags are neither moved nor
 * deleted, and an image that has one is not deleted).
 */
export const cannotUpdateTag = (tag: string): string =>
  `cannot update tag ${tag}. The repository has enabled tag immutability`;
export const cannotDeleteTag = (tag: string): string =>
  `cannot delete tag ${tag}. The repository has enabled tag immutability`;
/** @param name a digest, or an image of which some digest is tagged */
export const cannotDeleteTagged = (name: string): string =>
  `cannot delete ${name} because it is tagged and the repository has enabled tag immutability`;
