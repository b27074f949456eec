using Polydev.Broker.Errors;
using Polydev.Shared.Text;

namespace Polydev.Broker.Keys;

/// <summary>What a person calls a key, a machine or a token.</summary>
internal static class CredentialName
{
    /// <summary>In UTF-16 units.</summary>
    public const int Longest = 100;

    /// <summary>The name as it is kept: one line, made plain.</summary>
    /// <exception cref="RefusedChangeException">Nothing is left of it, or it is too long.</exception>
    public static string Read(string? text) =>
        TryRead(text) ?? throw new RefusedChangeException(new FieldProblem(ChangeFields.Name, Problem));

    public const string Problem = "1 to 100 characters.";

    /// <summary>Null where it is none.</summary>
    public static string? TryRead(string? text) =>
        PlainText.Line(text, Longest + 1).Trim() is { Length: > 0 and <= Longest } name ? name : null;
}
