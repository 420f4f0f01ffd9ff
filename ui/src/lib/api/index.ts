export * from './client';
export type * from './types';
export * from './upkeep';
