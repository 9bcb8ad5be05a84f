/** Ray's variables that say which cluster to reach, as whom and how. */
const CLUSTER = /^RAY_(ADDRESS|AUTH_MODE|AUTH_TOKEN(_PATH)?|USE_TLS|TLS_\w+)$/;
/** Variables for how Ray itself works: its settings in small letters, and where it keeps its files. */
const WORKING = /^RAY_([a-z]\w*|TMPDIR|BACKEND_LOG_LEVEL)$/;

/**
 * Gives the environment of Ray's driver. Nothing is inherited that says what else Ray is to run or to bring along
 * (RAY_RUNTIME_ENV_HOOK, RAY_JOB_CONFIG_JSON_ENV_VAR, PYTHONPATH …), nor another cluster than the one asked for.
 * @param address `auto`, `local` or HOST:PORT
 */
export function rayEnvironment(address: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => {
    if (name === 'RAY_ADDRESS') return address === 'auto';
    if (CLUSTER.test(name)) return address !== 'local'; // that has a token of its own
    return WORKING.test(name) || !/^(RAY_|PYTHON[A-Z_])/.test(name);
  });
  return { ...Object.fromEntries(kept), PYTHONNOUSERSITE: '1' };
}
