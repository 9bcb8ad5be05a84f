/** Whether an environment variable is set to what Python's `huggingface_hub` takes for yes. */
export const isOn = (variable: string): boolean => /^(1|on|yes|true)$/i.test(process.env[variable] ?? '');

/** The hub's address, without a `/` at its end: `HF_ENDPOINT`, else Hugging Face's. */
export const endpoint = (): string => (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');

/** Who is asking; from the environment only. */
export const token = (): string | undefined => process.env.HF_TOKEN?.trim() || undefined;
