using System.Text.Json.Serialization;
using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Doctor;

/// <summary>What the doctor has found, and whether a call could be answered by a CLI: the echo does not count.</summary>
internal sealed record DoctorReport(IReadOnlyList<CheckLine> Checks)
{
    public string Version { get; } = ToolVersion.Text;

    /// <summary>Everything that a call passes through is well, and there is a CLI at its end.</summary>
    public bool CanAnswer => AnsweredBy.Count > 0 && Blocking.Count == 0;

    /// <summary>The CLIs that are ready for a call.</summary>
    public required IReadOnlyList<string> AnsweredBy { get; init; }

    /// <summary>The names of the checks that no call gets past.</summary>
    public IReadOnlyList<string> Blocking => [.. Checks.Where(Blocks).Select(check => check.Name)];

    private static bool Blocks(CheckLine check) => check is { IsVital: true, Status: CheckStatus.Failed or CheckStatus.Skipped };
}

/// <summary>A check and its result, plain.</summary>
internal sealed record CheckLine(string Name, CheckStatus Status, string Detail, string? Remedy)
{
    [JsonIgnore]
    public bool IsVital { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
