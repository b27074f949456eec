using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Clis.SelfTest;

/// <summary>
/// What self-tests have found, in one file of the tunnel's state folder that all tunnels of a user share. Of two that write at once one may
/// be lost: its test is then made again. A file that cannot be read holds nothing.
/// </summary>
internal sealed class SelfTestRecords(string folder)
{
    public const string FileName = "selftests.json";

    /// <summary>A test that failed is made again after this time: even a wrong verdict ends.</summary>
    public static readonly TimeSpan FailuresStandFor = TimeSpan.FromHours(24);

    /// <summary>The oldest go: a machine has three CLIs, and each of them a new version a week.</summary>
    private const int MaxRecords = 64;

    private readonly Lock _lock = new();
    private readonly List<SelfTestRecord> _own = [];
    private IReadOnlyList<SelfTestRecord> _file = [];

    private string FilePath => Path.Combine(folder, FileName);

    /// <summary>What is known of it; null where it is to be tested.</summary>
    public SelfTestVerdict? Find(SelfTestSubject subject, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (Known(subject, now) is { } known)
            {
                return known;
            }

            // Another tunnel may have tested it.
            _file = ReadFile();
            return Known(subject, now);
        }
    }

    /// <exception cref="IOException">It is known to this process only.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void Remember(SelfTestSubject subject, SelfTestVerdict verdict, DateTimeOffset now)
    {
        var record = new SelfTestRecord(
            subject.Id, subject.Provider, subject.Version, verdict.Outcome == SelfTestOutcome.Passed, verdict.Reason, now);
        lock (_lock)
        {
            // First here, so that it stands even where nothing can be written.
            _own.RemoveAll(known => known.Id == subject.Id);
            _own.Add(record);
            _file = [.. ReadFile().Where(known => known.Id != subject.Id).TakeLast(MaxRecords - 1), record];
            WriteFile(new SelfTestFile(_file));
        }
    }

    /// <summary>
    /// The right to test this CLI, so that several tunnels that start together do not do it all at once; null while another has it. The
    /// operating system gives it up with the process.
    /// </summary>
    public IDisposable? TryTakeTurn(string provider)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(
                Path.Combine(folder, $"selftest-{provider}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another has it; or it cannot be had at all, and whoever waits then tests after his time without it.
            return null;
        }
    }

    private SelfTestVerdict? Known(SelfTestSubject subject, DateTimeOffset now) =>
        _file.Concat(_own).LastOrDefault(known => known.Id == subject.Id) is { } found
        && (found.Passed || now - found.At < FailuresStandFor)
            ? new SelfTestVerdict(found.Passed ? SelfTestOutcome.Passed : SelfTestOutcome.Failed, found.Reason)
            : null;

    private IReadOnlyList<SelfTestRecord> ReadFile()
    {
        try
        {
            using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize(file, SelfTestFileJson.Default.SelfTestFile)?.Tests ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // None yet, or none that can be read: what this process has found by itself still stands.
            return [];
        }
    }

    private void WriteFile(SelfTestFile file)
    {
        Directory.CreateDirectory(folder);
        var written = Path.Combine(folder, $"{FileName}.{Environment.ProcessId}.tmp");
        File.WriteAllBytes(written, JsonSerializer.SerializeToUtf8Bytes(file, SelfTestFileJson.Default.SelfTestFile));
        File.Move(written, FilePath, overwrite: true);
    }
}

/// <summary>A program as it is found on the machine, under the locks of this build: another of either, another id.</summary>
internal sealed record SelfTestSubject(string Id, string Provider, string Version)
{
    /// <param name="stamp">The program's files, who they are and when they were written.</param>
    /// <param name="variant">Of the lock, where the login decides it.</param>
    public static SelfTestSubject Of(string provider, string version, string stamp, string variant)
    {
        var whole = Encoding.UTF8.GetBytes($"{ToolVersion.Build}\n{provider}\n{version}\n{variant}\n{stamp}");
        return new SelfTestSubject(Convert.ToHexStringLower(SHA256.HashData(whole).AsSpan(0, 16)), provider, version);
    }
}

internal enum SelfTestOutcome
{
    /// <summary>It may serve.</summary>
    Passed,

    /// <summary>The lock does not hold, or what it says is not what was asked.</summary>
    Failed,

    /// <summary>No answer to the question: it did not start, or not in time. Tried again later.</summary>
    Undecided,
}

/// <param name="Reason">For a person, with what to do; empty when passed.</param>
internal sealed record SelfTestVerdict(SelfTestOutcome Outcome, string Reason)
{
    public static SelfTestVerdict Passed { get; } = new(SelfTestOutcome.Passed, string.Empty);
}

/// <summary>The file of <see cref="SelfTestRecords"/>, the oldest first.</summary>
internal sealed record SelfTestFile(IReadOnlyList<SelfTestRecord> Tests);

/// <summary>One of its entries. Provider and version stand there for a person who reads it.</summary>
internal sealed record SelfTestRecord(string Id, string Provider, string Version, bool Passed, string Reason, DateTimeOffset At);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(SelfTestFile))]
internal sealed partial class SelfTestFileJson : JsonSerializerContext;
