/** The socket in the data directory on which a plane takes isolated clients; what comes here never leaves the plane. */
export const ISOLATED_SOCKET = 'isolated.sock';
