using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Polydev.Architecture.Tests;

/// <summary>One C# file of the repository, parsed: what a comment or a string mentions is no code.</summary>
internal sealed class SourceFile
{
    /// <param name="path">Relative to the repository, with slashes: <c>Broker/Api/ApiError.cs</c>.</param>
    /// <param name="text">The whole file.</param>
    public SourceFile(string path, string text)
    {
        (Path, Text) = (path, text);
        Lines = text.EndsWith('\n') ? text[..^1].Split('\n') : text.Split('\n');
        Root = CSharpSyntaxTree.ParseText(text).GetCompilationUnitRoot();
        Code = string.Concat(Root.DescendantTokens().Select(token => Bare(token.LeadingTrivia) + token.Text + Bare(token.TrailingTrivia)));
        Namespace = Root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();
        Types =
        [
            .. Root.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
                .Select(NameOf)
                .OfType<string>(),
        ];
    }

    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<string> Lines { get; }

    public CompilationUnitSyntax Root { get; }

    /// <summary>The file without its comments, directives aside: for rules that look for words.</summary>
    public string Code { get; }

    public string? Namespace { get; }

    /// <summary>The top-level types in their order; a part of a partial type counts as one.</summary>
    public IReadOnlyList<string> Types { get; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path[..^(Name.Length + 1)];

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>Fails a test with the path alone, not with the whole text.</summary>
    public override string ToString() => Path;

    private static string? NameOf(SyntaxNode node) => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        _ => null,
    };

    private static string Bare(SyntaxTriviaList trivia) =>
        string.Concat(trivia.Where(piece => !IsComment(piece.Kind())).Select(piece => piece.ToFullString()));

    private static bool IsComment(SyntaxKind kind) => kind is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
        or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia;
}
