using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Polydev.Architecture.Tests;

/// <summary>Namespaces, then static classes, then aliases; System's before the others, then by the alphabet, part by part.</summary>
internal sealed class UsingOrder : IComparer<UsingDirectiveSyntax>
{
    public static readonly UsingOrder OfTheHouse = new();

    public int Compare(UsingDirectiveSyntax? x, UsingDirectiveSyntax? y) => Key(x!).CompareTo(Key(y!));

    private static (int Kind, bool IsOther, string Name) Key(UsingDirectiveSyntax directive) =>
        (KindOf(directive), !IsSystem(directive), NameOf(directive).Replace('.', ' ').ToUpperInvariant());

    private static int KindOf(UsingDirectiveSyntax directive) =>
        directive.Alias is not null ? 2 : directive.StaticKeyword.RawKind != 0 ? 1 : 0;

    private static string NameOf(UsingDirectiveSyntax directive) =>
        directive.Alias?.Name.ToString() ?? directive.NamespaceOrType.ToString();

    private static bool IsSystem(UsingDirectiveSyntax directive) =>
        directive.Alias is null && NameOf(directive).Split('.')[0] == nameof(System);
}
