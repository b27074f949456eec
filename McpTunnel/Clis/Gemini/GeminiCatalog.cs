using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>What is told of this CLI: state, models and hints, all without starting it.</summary>
internal sealed class GeminiCatalog
{
    public const string TooOldHint = "This version of Gemini CLI is too old to be locked: npm install -g @google/gemini-cli@latest.";

    // What session/new of 0.61.0 lists, for the time before the first process has told it.
    private static readonly string[] Listed =
        ["gemini-3.1-pro-preview", "gemini-3-flash-preview", "gemini-3.8-flash", "gemini-3.5-flash-lite"];

    private volatile IReadOnlyList<GeminiProtocol.Model> _reported = [];

    /// <summary>A process has told what it offers.</summary>
    public void Report(IReadOnlyList<GeminiProtocol.Model> models) => _reported = models;

    /// <param name="cli">Null when there is none.</param>
    /// <param name="readLogin">Asked only with a usable CLI.</param>
    public CliInfo Describe(GeminiCli? cli, Func<GeminiLogin> readLogin)
    {
        var info = new CliInfo { Provider = Providers.Gemini, Version = cli?.Version ?? string.Empty };
        if (cli is null)
        {
            info.State = CliState.NotInstalled;
            info.Hint = GeminiCli.InstallHint;
        }
        else if (!cli.CanBeLocked)
        {
            info.State = CliState.Unusable;
            info.Hint = TooOldHint;
        }
        else if (readLogin() is { IsComplete: false } login)
        {
            info.State = CliState.NotLoggedIn;
            info.Hint = login.Hint;
        }
        else
        {
            info.State = CliState.Ready;
            info.Models.AddRange(Models());
        }

        return info;
    }

    private IEnumerable<ModelInfo> Models()
    {
        var known = KnownModels.ProviderOf.Where(model => model.Value == Providers.Gemini).Select(model => model.Key);
        var reported = _reported.ToDictionary(model => model.ModelId, model => model.Name ?? model.ModelId);
        return known.Concat(reported.Count > 0 ? reported.Keys : Listed)
            .Where(GeminiLock.IsConcrete)
            .Distinct(StringComparer.Ordinal)
            .Select(id => new ModelInfo { Id = id, DisplayName = reported.GetValueOrDefault(id, id) });
    }
}
