using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// State, models and hints, all without starting the CLI: its login stands in files, and its models do not depend on it. Of the vendor's
/// windows it tells nothing: what its protocol calls <c>quota</c> is one answer's tokens, and a login's own quota, which the CLI asks
/// Google for (<c>retrieveUserQuota</c>), does not come out of it (0.61.0).
/// </summary>
internal static class GeminiDetection
{
    // What session/new of 0.61.0 lists, for the time before the first process has told it.
    private static readonly string[] Listed =
        ["gemini-3.1-pro-preview", "gemini-3-flash-preview", "gemini-3.8-flash", "gemini-3.5-flash-lite"];

    /// <param name="reported">What a process has told it offers; empty while none has.</param>
    /// <exception cref="CliFailureException">The CLI is not logged in.</exception>
    public static void Fill(CliInfo info, GeminiLogin login, IReadOnlyList<GeminiProtocol.Model> reported)
    {
        info.Login = login.Kind;
        login.ThrowIfIncomplete();
        info.Models.AddRange(Models(reported.ToDictionary(model => model.ModelId, model => model.Name ?? model.ModelId)));
    }

    private static IEnumerable<ModelInfo> Models(Dictionary<string, string> reported)
    {
        var known = KnownModels.ProviderOf.Where(model => model.Value == Providers.Gemini).Select(model => model.Key);
        return known.Concat(reported.Count > 0 ? reported.Keys : Listed)
            .Where(GeminiLock.IsConcrete)
            .Distinct(StringComparer.Ordinal)
            .Select(id => new ModelInfo { Id = id, DisplayName = reported.GetValueOrDefault(id, id) });
    }
}
