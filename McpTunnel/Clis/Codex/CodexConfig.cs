using System.Text.Json;
using Polydev.Protos.V1;
using Tomlyn;
using Tomlyn.Model;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>What is taken of the user's own CODEX_HOME: authentication and the selection of a provider, nothing else.</summary>
internal sealed record CodexConfig
{
    private const string BuiltInProvider = "openai";

    // Never: mcp_servers, hooks, plugins, instructions, profiles, notify.
    private static readonly string[] CarriedKeys =
        ["openai_base_url", "chatgpt_base_url", "cli_auth_credentials_store", "forced_login_method", "forced_chatgpt_workspace_id"];

    public required CodexLogin Login { get; init; }

    /// <summary>The content of the private config.toml.</summary>
    public required TomlTable Carried { get; init; }

    /// <summary>Environment variables that the provider reads.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>The provider's <c>env_key</c> when it is not set; else null.</summary>
    public string? MissingVariable { get; init; }

    /// <summary>Only with <see cref="CodexLogin.EnvironmentKey"/>.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The user's auth.json, all links resolved; null where there is none, or Codex would not read it.</summary>
    public string? AuthFile { get; init; }

    /// <summary>The lock that the user's own Codex takes to write auth.json.</summary>
    public string? AuthLock { get; init; }

    /// <summary>The user's own default model; null when the configuration names none.</summary>
    public string? Model { get; init; }

    /// <summary>Another as soon as the user logs in or out, or changes the configuration: a session started before is not used.</summary>
    public required string Stamp { get; init; }

    /// <exception cref="CliFailureException">The user's files cannot be read.</exception>
    public static CodexConfig Read(CliEnvironment environment)
    {
        var home = environment.Variable("CODEX_HOME") ?? Path.Combine(environment.Home, ".codex");
        var configFile = new FileInfo(Path.Combine(home, "config.toml"));
        var authFile = new FileInfo(Path.Combine(home, "auth.json"));
        try
        {
            var user = configFile.Exists ? TomlSerializer.Deserialize(File.ReadAllText(configFile.FullName), CodexToml.Default.TomlTable) ?? [] : [];
            return Select(user, authFile, environment) with { Stamp = $"{Stamped(configFile)} {Stamped(authFile)}" };
        }
        catch (Exception e) when (e is TomlException or JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(FailureKind.NotLoggedIn, "Codex's config.toml or auth.json on the tunnel's machine cannot be read.", inner: e);
        }
    }

    private static CodexConfig Select(TomlTable user, FileInfo authFile, CliEnvironment environment)
    {
        var carried = new TomlTable();
        foreach (var key in CarriedKeys)
        {
            if (user.TryGetValue(key, out var value))
            {
                carried[key] = value;
            }
        }

        var config = new CodexConfig { Login = CodexLogin.None, Carried = carried, Model = user.TryGetValue("model", out var model) ? model as string : null, Stamp = string.Empty };
        var name = user.TryGetValue("model_provider", out var selected) && selected is string chosen ? chosen : BuiltInProvider;
        if (name == BuiltInProvider)
        {
            return CodexProviders.AddBuiltIn(WithLogin(config, authFile, environment));
        }

        var own = CodexProviders.AddOwn(config, name, user, environment);
        return own.Login == CodexLogin.OwnProvider ? own : WithLogin(own, authFile, environment);
    }

    private static CodexConfig WithLogin(CodexConfig config, FileInfo authFile, CliEnvironment environment)
    {
        var store = config.Carried.TryGetValue("cli_auth_credentials_store", out var value) ? value as string : "file";
        if (store is "file" or "auto" && authFile.Exists)
        {
            var resolved = authFile.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? authFile.FullName;
            return config with { AuthFile = resolved, AuthLock = Path.Combine(authFile.DirectoryName!, "auth.lock"), Login = ReadLogin(resolved) };
        }

        if (store is "keyring" or "auto")
        {
            return config with { Login = CodexLogin.Keyring };
        }

        var key = environment.Variable("CODEX_API_KEY") ?? environment.Variable("OPENAI_API_KEY");
        if (key is null)
        {
            return config;
        }

        config.Carried["cli_auth_credentials_store"] = "ephemeral";
        return config with { Login = CodexLogin.EnvironmentKey, ApiKey = key };
    }

    // The kinds of auth.json: auth_mode where it is written, else what it holds.
    private static CodexLogin ReadLogin(string authFile)
    {
        using var auth = JsonDocument.Parse(File.ReadAllBytes(authFile));
        var root = auth.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return CodexLogin.None;
        }

        var hasKey = Has("OPENAI_API_KEY");
        var mode = Has("auth_mode") ? root.GetProperty("auth_mode"u8).ToString() : null;
        return mode switch
        {
            "apikey" when hasKey => CodexLogin.ApiKeyFile,
            null when hasKey && !Has("tokens") => CodexLogin.ApiKeyFile,
            _ when Has("tokens") || mode is not (null or "apikey") => CodexLogin.ChatGpt,
            _ => CodexLogin.None,
        };

        bool Has(string name) => root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }

    private static string Stamped(FileInfo file) => file.Exists ? $"{file.LastWriteTimeUtc.Ticks}/{file.Length}" : "-";
}
