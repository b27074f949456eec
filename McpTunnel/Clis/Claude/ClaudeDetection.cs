using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Asks a locked process for its account and its models. That makes no model call.</summary>
internal static class ClaudeDetection
{
    /// <exception cref="CliFailureException">The CLI does not start, does not take the lock's flags, or is not logged in.</exception>
    public static async Task FillAsync(CliInfo info, ClaudeCli cli, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var login = ClaudeLogin.Of(environment);
        await using var session = await ClaudeSession.StartAsync(cli, login, environment, model: null);
        var description = await session.DescribeAsync(cancellationToken);
        info.Login = login.KindOf(description);
        info.Models.AddRange(Models(description));
        if (login.Kind == ClaudeLoginKind.Stored && !(description.Member("account") is { } account && IsLoggedIn(account)))
        {
            throw ClaudeErrors.NotLoggedIn();
        }
    }

    // Asked for a stored login only: with --bare, 2.1.330 says "none" of a bearer token that it then sends.
    private static bool IsLoggedIn(JsonElement account) =>
        account.TextOf("tokenSource") is not (null or "none")
        || account.TextOf("apiKeySource") is not (null or "none")
        || account.TextOf("email") is not null;

    // "default" is an alias of one of the others: its name says less.
    private static IEnumerable<ModelInfo> Models(JsonElement description) => description.Items("models")
        .OrderBy(model => model.TextOf("value") == "default")
        .Select(model => new ModelInfo
        {
            Id = model.TextOf("resolvedModel") ?? model.TextOf("value") ?? string.Empty,
            DisplayName = model.TextOf("displayName") ?? string.Empty,
        })
        .Where(model => model.Id is not ("" or "default"))
        .DistinctBy(model => model.Id);
}
