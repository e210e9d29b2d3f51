/** IAM v2: the deny policies of projects, folders and organizations. Its methods are served with those of IAM v1. */
export * from './api.js';
