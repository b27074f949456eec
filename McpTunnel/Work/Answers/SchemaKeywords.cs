using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using Json.Schema.Keywords;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>
/// JSON Schema 2020-12 as it is read here: every keyword that says yes or no, and none that only describes. Schemas are callers', so that
/// what could take for ever is bounded: references that fan out or go round, patterns that backtrack, lists in which every item is held
/// against every other.
/// </summary>
internal static class SchemaKeywords
{
    private const int MostSteps = 100_000;
    private const int DeepestReference = 256;
    private const int MostUniqueItems = 2_000;
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    [ThreadStatic]
    private static int _steps;

    [ThreadStatic]
    private static int _depth;

    /// <summary>Without <c>$schema</c>: what clients write there (draft 4, 7) differs in little, and an unknown one is no fault.</summary>
    public static Dialect Dialect { get; } = new(
    [
        new BoundedRef(), new BoundedDynamicRef(), new BoundedAllOf(), new BoundedAnyOf(), new BoundedOneOf(), new BoundedPattern(),
        new BoundedUniqueItems(), IdKeyword.Instance, AnchorKeyword.Instance, DynamicAnchorKeyword.Instance, DefsKeyword.Instance,
        NotKeyword.Instance, IfKeyword.Instance, ThenKeyword.Instance, ElseKeyword.Instance, DependentSchemasKeyword.Instance,
        TypeKeyword.Instance, ConstKeyword.Instance, EnumKeyword.Instance, MultipleOfKeyword.Instance, MaximumKeyword.Instance,
        ExclusiveMaximumKeyword.Instance, MinimumKeyword.Instance, ExclusiveMinimumKeyword.Instance, MaxLengthKeyword.Instance,
        MinLengthKeyword.Instance, PrefixItemsKeyword.Instance, ItemsKeyword.Instance, ContainsKeyword.Instance,
        MaxContainsKeyword.Instance, MinContainsKeyword.Instance, MaxItemsKeyword.Instance, MinItemsKeyword.Instance,
        UnevaluatedItemsKeyword.Instance, PropertiesKeyword.Instance, PatternPropertiesKeyword.Instance,
        AdditionalPropertiesKeyword.Instance, UnevaluatedPropertiesKeyword.Instance, PropertyNamesKeyword.Instance,
        MaxPropertiesKeyword.Instance, MinPropertiesKeyword.Instance, RequiredKeyword.Instance, DependentRequiredKeyword.Instance,
    ])
    {
        AllowUnknownKeywords = true,
    };

    /// <summary>One check, on this thread, with its own count of steps.</summary>
    /// <exception cref="SchemaTooCostlyException">It takes more than there is for one.</exception>
    public static EvaluationResults Bounded(Func<EvaluationResults> check)
    {
        (_steps, _depth) = (0, 0);
        return check();
    }

    private static void Step(int steps)
    {
        _steps += steps;
        if (_steps > MostSteps)
        {
            throw new SchemaTooCostlyException();
        }
    }

    private static KeywordEvaluation Deeper(Func<KeywordEvaluation> follow)
    {
        Step(1);
        if (++_depth > DeepestReference)
        {
            throw new SchemaTooCostlyException();
        }

        var followed = follow();
        _depth--;
        return followed;
    }

    private sealed class BoundedRef : RefKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context) =>
            Deeper(() => base.Evaluate(keyword, context));
    }

    private sealed class BoundedDynamicRef : DynamicRefKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context) =>
            Deeper(() => base.Evaluate(keyword, context));
    }

    private sealed class BoundedAllOf : AllOfKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            Step(keyword.Subschemas.Length);
            return base.Evaluate(keyword, context);
        }
    }

    private sealed class BoundedAnyOf : AnyOfKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            Step(keyword.Subschemas.Length);
            return base.Evaluate(keyword, context);
        }
    }

    private sealed class BoundedOneOf : OneOfKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            Step(keyword.Subschemas.Length);
            return base.Evaluate(keyword, context);
        }
    }

    // The library's own has no limit, and compiles each pattern.
    private sealed class BoundedPattern : PatternKeyword
    {
        public override object? ValidateKeywordValue(JsonElement value) =>
            new Regex(value.GetString()!, RegexOptions.CultureInvariant, PatternLimit);

        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            try
            {
                return base.Evaluate(keyword, context);
            }
            catch (RegexMatchTimeoutException)
            {
                throw new SchemaTooCostlyException();
            }
        }
    }

    private sealed class BoundedUniqueItems : UniqueItemsKeyword
    {
        public override KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context) =>
            context.Instance is { ValueKind: JsonValueKind.Array } items && items.GetArrayLength() > MostUniqueItems
                ? throw new SchemaTooCostlyException()
                : base.Evaluate(keyword, context);
    }
}

/// <summary>A value cannot be held against its schema within what one check may take.</summary>
internal sealed class SchemaTooCostlyException : Exception;
