import { serverAddress } from '../downloads/server-address.ts';

/** Whether an environment variable is set to a value that Python's `huggingface_hub` takes for yes. */
export const isOn = (variable: string): boolean => /^(1|on|yes|true)$/i.test(process.env[variable] ?? '');

/** Gives the hub's address, without a `/` at its end or a password: `HF_ENDPOINT`, else Hugging Face's. */
export const hubEndpoint = (): string => serverAddress('HF_ENDPOINT')?.url ?? 'https://huggingface.co';

/** Gives the user's token, from the environment only. */
export const hubToken = (): string | undefined => process.env.HF_TOKEN?.trim() || undefined;

/** Gives the header with credentials: the token, else name and password of `HF_ENDPOINT`. */
export const hubAuthorization = (): string | undefined =>
  hubToken() === undefined ? serverAddress('HF_ENDPOINT')?.authorization : `Bearer ${hubToken()}`;
