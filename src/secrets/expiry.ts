/** What time alone does to secrets: they expire, and versions are destroyed when their delay is over. */
import type { Secret, SecretVersion } from './model.js';

/** From its expire time on a secret is not there, whether it has been cleared away yet or not. */
export function hasExpired({ expireTime }: Pick<Secret, 'expireTime'>, time: Date): boolean {
  return expireTime !== undefined && Date.parse(expireTime) <= time.getTime();
}

/** Is the version's delay over, though nobody has cleared its payload away yet? */
export function isDue({ state, scheduledDestroyTime }: SecretVersion, time: Date): boolean {
  return (
    state !== 'DESTROYED' &&
    scheduledDestroyTime !== undefined &&
    Date.parse(scheduledDestroyTime) <= time.getTime()
  );
}

/** The version as it is at that time: one whose delay is over is destroyed. */
export function versionAt(version: SecretVersion, time: Date): SecretVersion {
  if (!isDue(version, time)) return version;
  const { scheduledDestroyTime: destroyTime, ...rest } = version;
  return { ...rest, state: 'DESTROYED', ...(destroyTime === undefined ? {} : { destroyTime }) };
}
