namespace Polydev.McpTunnel.Clis;

/// <summary>What the adapters know of the machine and of this process. Given to them, so that a test can give another.</summary>
internal sealed record CliEnvironment
{
    /// <summary>This process's environment. A child gets of it only what <see cref="Processes.ChildEnvironment"/> carries over.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The user's home folder, an absolute path.</summary>
    public required string Home { get; init; }

    /// <summary>Where <see cref="Processes.PrivateFolder"/> makes its folders.</summary>
    public required string RunRoot { get; init; }

    public CliSessionPoolOptions Pool { get; init; } = new();

    /// <summary>The variable's value; null when it is not set or empty.</summary>
    public string? Variable(string name) => Variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
