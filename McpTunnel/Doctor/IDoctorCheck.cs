using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Doctor;

/// <summary>One thing that is to be as it should. Changes nothing that anyone would miss, and says nothing secret.</summary>
internal interface IDoctorCheck
{
    /// <summary>As it stands in the first column: "broker clock".</summary>
    string Name { get; }

    /// <summary>No call is answered unless this is well.</summary>
    bool IsVital => false;

    Task<CheckResult> RunAsync(CancellationToken cancellationToken);
}

/// <summary>What a check has found.</summary>
/// <param name="Detail">In one sentence: what there is, or what is wrong.</param>
/// <param name="Remedy">The command that mends it; null where the sentence says all, or there is nothing to mend.</param>
internal sealed record CheckResult(CheckStatus Status, string Detail, string? Remedy = null)
{
    public static CheckResult Ok(string detail) => new(CheckStatus.Ok, detail);

    public static CheckResult Warning(string detail, string? remedy = null) => new(CheckStatus.Warning, detail, remedy);

    public static CheckResult Failed(string detail, string? remedy = null) => new(CheckStatus.Failed, detail, remedy);

    public static CheckResult Skipped(string detail, string? remedy = null) => new(CheckStatus.Skipped, detail, remedy);
}

/// <summary>In JSON in small letters.</summary>
internal enum CheckStatus
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Calls are answered all the same, as far as this goes.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Could not be looked at, or there is nothing to look at.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}
