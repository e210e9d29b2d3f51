/** The canonical statuses with which Cloud Run refuses or fails a deploy. */
export type RefusalStatus = 'PERMISSION_DENIED' | 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'FAILED_PRECONDITION';
