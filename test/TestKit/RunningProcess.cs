namespace Polydev.TestKit;

/// <summary>A process as <c>/proc</c> shows it.</summary>
/// <param name="State">R, S, D, Z…</param>
public sealed record RunningProcess(int Id, int ParentId, char State, string CommandLine);
