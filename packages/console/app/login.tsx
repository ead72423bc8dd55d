import { useState } from "preact/hooks";
import { post, Unanswered } from "./api.ts";
import { Trouble } from "./parts/notices.tsx";

export function Login({ onDone }: { readonly onDone: () => void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<Unanswered>();
  const login = async () => {
    try {
      setError(undefined);
      await post("login", { token }, null);
      onDone();
    } catch (failure) {
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  return (
    <main class="login">
      <h1>Syncline</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void login();
        }}
      >
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <Trouble error={error} />
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
    </main>
  );
}
