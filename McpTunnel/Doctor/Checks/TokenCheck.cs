using Polydev.McpTunnel.Tunnel;
using Polydev.Shared.Tokens;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>There is a token, it is whole, and the broker would let it in. Of its text only the public id is told.</summary>
internal sealed class TokenCheck(BrokerExam exam, LoginFile file) : IDoctorCheck
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly TunnelSettings _settings = exam.Settings;

    public string Name => "token";

    public bool IsVital => true;

    private string Origin => _settings.IsStored ? $"of {file.Path}" : $"of {TunnelSettings.TokenVariable}";

    private string LogIn => $"{(_settings.IsStored ? string.Empty : $"unset {TunnelSettings.TokenVariable}; ")}polydev-mcp login {Broker}";

    private string Broker => _settings.Broker.GetLeftPart(UriPartial.Path).TrimEnd('/');

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        if (exam.NotAsked is { } reason)
        {
            return CheckResult.Skipped(reason);
        }

        if (_settings.Token is not { } text)
        {
            return CheckResult.Failed(_settings.Problem!, $"polydev-mcp login {Broker}");
        }

        if (exam.Token is not { } token)
        {
            return CheckResult.Failed($"The token {Origin} {WhatElse(text)}.", LogIn);
        }

        var end = await exam.KnockAsync(cancellationToken);
        return end switch
        {
            null or { Kind: ConnectionEndKind.Lost } =>
                CheckResult.Skipped($"Token {token.Id} {Origin} is whole; the broker could not be asked."),
            { Kind: ConnectionEndKind.RefusedForGood } =>
                CheckResult.Failed($"Token {token.Id} {Origin} is not taken. The broker says: {end.Message}", LogIn),
            _ when IsOpenToOthers() =>
                CheckResult.Warning($"Other users of this machine can read your token in {file.Path}.", $"chmod 600 '{file.Path}'"),
            _ => CheckResult.Ok($"Token {token.Id} {Origin} is good."),
        };
    }

    private static string WhatElse(string text) =>
        SecretToken.TryParse(TokenPrefixes.ApiKey, text, out _) ? "is an API key (pk-), which is for callers; a tunnel needs its own (pd_)"
        : text.StartsWith(TokenPrefixes.Tunnel, StringComparison.Ordinal) ? "is cut or mistyped"
        : "is no tunnel token: those begin with pd_";

    private bool IsOpenToOthers() => _settings.IsStored && !OperatingSystem.IsWindows() && File.Exists(file.Path)
        && (File.GetUnixFileMode(file.Path) & Others) != 0;
}
