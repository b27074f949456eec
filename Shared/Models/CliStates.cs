using Polydev.Protos.V1;

namespace Polydev.Shared.Models;

/// <summary>
/// The states of a CLI as programs read them, in <c>GET /status</c>, in the MCP tools and in their schemas: snake_case, the same
/// everywhere.
/// </summary>
public static class CliStates
{
    /// <summary>A state that this version does not know is one that serves nobody.</summary>
    public static string NameOf(CliState state) => state switch
    {
        CliState.Ready => "ready",
        CliState.NotLoggedIn => "not_logged_in",
        CliState.NotInstalled => "not_installed",
        CliState.Testing => "testing",
        _ => "unusable",
    };
}
