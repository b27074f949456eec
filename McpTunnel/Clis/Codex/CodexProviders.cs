using Polydev.Shared.Tunnel;
using Tomlyn.Model;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>The provider part of the private config.toml: as the user selected, with Codex's own retries off.</summary>
internal static class CodexProviders
{
    /// <summary>
    /// Codex retries a broken stream after it has shown its text, which would then come twice; so retries are the caller's.
    /// </summary>
    private const long Retries = 0;

    /// <summary>The broker's limit counts, and comes first; this one only ends what nobody waits for.</summary>
    private const long IdleMilliseconds = 600_000;

    private const string Wrapped = "polydev";

    /// <summary>
    /// The built-in provider tries WebSockets first, and its retries cannot be bounded (<c>model_providers.openai</c> is reserved). The
    /// same provider under another name has neither fault. With a ChatGPT login it has no address of ours: Codex then finds the backend as
    /// it does for the built-in one, and sends the same token and account (0.169.0). A keyring's login may be of either kind.
    /// </summary>
    public static CodexLogin AddBuiltIn(CodexLogin login)
    {
        if (login.Kind == CodexLoginKind.None)
        {
            return login;
        }

        var provider = new TomlTable
        {
            ["name"] = "OpenAI",
            ["wire_api"] = "responses",
            ["requires_openai_auth"] = true,
            ["supports_websockets"] = false,
            ["env_http_headers"] =
                new TomlTable { ["OpenAI-Organization"] = "OPENAI_ORGANIZATION", ["OpenAI-Project"] = "OPENAI_PROJECT" },
        };
        if (login.Carried.TryGetValue("openai_base_url", out var url))
        {
            provider["base_url"] = url;
        }
        else if (login.Kind is CodexLoginKind.ApiKeyFile or CodexLoginKind.EnvironmentKey)
        {
            provider["base_url"] = "https://api.openai.com/v1";
        }

        login.Carried["model_provider"] = Wrapped;
        login.Carried["model_providers"] = new TomlTable
        {
            // Last: what it adds depends on the address.
            [Wrapped] = Bound(provider),
        };
        return login with { Variables = ["OPENAI_ORGANIZATION", "OPENAI_PROJECT"] };
    }

    /// <summary>A provider of the user's own, or another built-in one (which has no table that could be changed).</summary>
    public static CodexLogin AddOwn(CodexLogin login, string name, TomlTable user, CliEnvironment environment)
    {
        login.Carried["model_provider"] = name;
        var tables = user.TryGetValue("model_providers", out var all) ? all as TomlTable : null;
        if (tables is null || !tables.TryGetValue(name, out var found) || found is not TomlTable own)
        {
            return login with { Kind = CodexLoginKind.OwnProvider };
        }

        login.Carried["model_providers"] = new TomlTable { [name] = Bound(own) };
        var key = own.TryGetValue("env_key", out var value) ? value as string : null;
        var headers = own.TryGetValue("env_http_headers", out var named) && named is TomlTable table ? table.Values.OfType<string>() : [];
        var needsLogin = own.TryGetValue("requires_openai_auth", out var required) && required is true;
        return login with
        {
            Kind = needsLogin ? CodexLoginKind.None : CodexLoginKind.OwnProvider,
            Variables = [.. key is null ? headers : headers.Prepend(key)],
            MissingVariable = key is not null && environment.Variable(key) is null ? key : null,
        };
    }

    /// <summary>The addresses of the user's own that Codex's calls go to; none where its files cannot be read.</summary>
    public static IReadOnlyList<string> BaseUrls(CliEnvironment environment)
    {
        try
        {
            var carried = CodexLogin.Read(environment).Carried;
            var providers = carried.TryGetValue("model_providers", out var all) && all is TomlTable tables ? tables.Values : [];
            return
            [
                .. providers.OfType<TomlTable>().Select(provider => Text(provider, "base_url"))
                    .Concat([Text(carried, "openai_base_url"), Text(carried, "chatgpt_base_url")])
                    .OfType<string>(),
            ];
        }
        catch (CliFailureException)
        {
            // The start says so.
            return [];
        }
    }

    private static string? Text(TomlTable table, string key) => table.TryGetValue(key, out var value) ? value as string : null;

    private static TomlTable Bound(TomlTable provider)
    {
        MarkHop(provider);
        provider["request_max_retries"] = Retries;
        provider["stream_max_retries"] = Retries;
        provider["stream_idle_timeout_ms"] = IdleMilliseconds;
        return provider;
    }

    private static void MarkHop(TomlTable provider)
    {
        var url = Text(provider, "base_url");
        if (BrokerLoop.IsElsewhere(url, "openai.com") && BrokerLoop.IsElsewhere(url, "chatgpt.com"))
        {
            var headers = provider.TryGetValue("http_headers", out var own) && own is TomlTable table ? table : [];
            headers[TunnelProtocol.HopHeader] = "1";
            provider["http_headers"] = headers;
        }
    }
}
