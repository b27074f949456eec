using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Sessions;

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

    /// <summary>For what is kept for ever, such as the machine's device ids; by default the folder above <see cref="RunRoot"/>.</summary>
    public string StateFolder { get => field ?? Path.GetDirectoryName(RunRoot)!; init; }

    /// <summary>Where the system's own folders begin: administrators' settings lie below (<see cref="CliManaged"/>).</summary>
    public string SystemRoot { get; init; } = OperatingSystem.IsWindows() ? @"C:\" : "/";

    /// <summary>Shared by all adapters of this process.</summary>
    public CliLockdown Lockdown { get; init; } = new();

    public CliSessionPoolOptions Pool { get; init; } = new();

    /// <summary>Shared by all adapters of this process.</summary>
    public StartGate Starts { get; init; } = new(Environment.ProcessorCount, TimeProvider.System);

    /// <summary>What callers may use of each CLI's subscription, as far as this process's environment says it.</summary>
    public QuotaSettings Quotas { get; init; } = new();

    /// <summary>Where a CLI must not be pointed at.</summary>
    public BrokerLoop Loop { get; init; } = new();

    /// <summary>
    /// What is known of the CLIs' self-tests: only what has passed serves. Null within a self-test, which is what tells whether it may.
    /// </summary>
    public SelfTestRecords? SelfTests { get; init; }

    /// <summary>The variable's value; null when it is not set or empty.</summary>
    public string? Variable(string name) => Variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
