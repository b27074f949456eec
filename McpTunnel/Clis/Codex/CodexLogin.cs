namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>How the user's Codex is logged in, as far as its files and this environment tell.</summary>
internal enum CodexLogin
{
    /// <summary>Neither a login nor a key.</summary>
    None,

    /// <summary>auth.json holds an API key.</summary>
    ApiKeyFile,

    /// <summary>auth.json holds tokens of a ChatGPT account.</summary>
    ChatGpt,

    /// <summary>No auth.json, but OPENAI_API_KEY or CODEX_API_KEY is set. app-server reads neither: we log in with it, in memory.</summary>
    EnvironmentKey,

    /// <summary>In the system's keyring, which only Codex itself can read.</summary>
    Keyring,

    /// <summary>The user's provider needs no login of OpenAI's.</summary>
    OwnProvider,
}
