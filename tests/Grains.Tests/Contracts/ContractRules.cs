using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;

namespace Squad.Grains.Tests.Contracts;

/// <summary>
/// What may cross a call: immutable values that Orleans can serialise, under names that outlive a renaming. Walks interfaces, their parameters and results, and all that these
/// lead to; each problem names the type and the member and what to use instead.
/// </summary>
internal sealed class ContractRules
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> Leaves =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(char), typeof(float),
        typeof(double), typeof(decimal), typeof(string), typeof(Guid), typeof(DateTimeOffset), typeof(TimeSpan), typeof(Uri), typeof(ReadOnlyMemory<byte>),
        typeof(GrainId), typeof(StreamId),
    ];

    private static readonly HashSet<Type> Collections =
        [typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>)];

    private readonly HashSet<Type> seen = [];
    private readonly Dictionary<string, Type> aliases = [];
    private readonly List<string> problems = [];

    /// <summary>What is wrong with these interfaces and contract types, and with all they lead to.</summary>
    public static IReadOnlyList<string> ProblemsOf(params IEnumerable<Type> roots)
    {
        var rules = new ContractRules();
        foreach (var root in roots)
        {
            if (typeof(IAddressable).IsAssignableFrom(root))
                rules.Interface(root);
            else
                rules.Value(root, Name(root));
        }

        return rules.problems;
    }

    private void Interface(Type type)
    {
        if (!seen.Add(type) || type.Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true)
            return;
        if (!type.IsInterface)
        {
            problems.Add($"{Name(type)}: a grain crosses calls as a reference, so use its interface.");
            return;
        }

        Alias(type);
        var names = new HashSet<string>();
        foreach (var method in type.GetMethods())
        {
            var where = $"{Name(type)}.{method.Name}";
            var alias = method.GetCustomAttribute<AliasAttribute>()?.Alias;
            if (alias is null)
                problems.Add($"{where}: it has no name that outlives a renaming; give it [Alias(\"...\")].");
            else if (!names.Add(alias))
                problems.Add($"{where}: another method has the alias '{alias}' too; give each its own.");
            Returns(method, where);
            foreach (var parameter in method.GetParameters().Where(p => p.ParameterType != typeof(CancellationToken)))
                Value(parameter.ParameterType, $"{where}({parameter.Name})");
        }

        foreach (var inherited in type.GetInterfaces())
            Interface(inherited);
    }

    private void Returns(MethodInfo method, string where)
    {
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask) || (type == typeof(void) && typeof(IGrainObserver).IsAssignableFrom(method.DeclaringType)))
            return;
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>)))
            Value(type.GenericTypeArguments[0], where);
        else
            problems.Add($"{where}: it returns {Name(type)}; use Task<T>, ValueTask<T> or IAsyncEnumerable<T>.");
    }

    private void Value(Type type, string where)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            Value(underlying, where);
        else if (type.IsGenericParameter || Leaves.Contains(type))
            return;
        else if (typeof(IAddressable).IsAssignableFrom(type))
            Interface(type);
        else if (type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition()))
            Array.ForEach(type.GenericTypeArguments, argument => Value(argument, where));
        else if (Instead(type) is { } instead)
            problems.Add($"{where}: {Name(type)} cannot cross a call unchanged; use {instead}.");
        else
            Contract(type);
    }

    /// <summary>What to use instead of a type that no attribute makes right.</summary>
    private static string? Instead(Type type)
    {
        if (type == typeof(byte[]) || type == typeof(Memory<byte>) || typeof(Stream).IsAssignableFrom(type))
            return "ReadOnlyMemory<byte>";
        if (type.IsArray)
            return "ImmutableArray<T>";
        if (type == typeof(DateTime) || type == typeof(DateOnly) || type == typeof(TimeOnly))
            return "DateTimeOffset";
        if (typeof(ITuple).IsAssignableFrom(type) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)))
            return "a sealed record";
        if (typeof(IDictionary).IsAssignableFrom(type) || Implements(type, typeof(IDictionary<,>)) || Implements(type, typeof(IReadOnlyDictionary<,>)))
            return "ImmutableDictionary<TKey, TValue>";
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return "ImmutableArray<T>";
        if (typeof(Exception).IsAssignableFrom(type))
            return "a SquadError";
        return type == typeof(object) || type.IsInterface || type.IsByRef || type.IsPointer || typeof(Delegate).IsAssignableFrom(type)
            || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
                ? "a sealed record with [GenerateSerializer, Immutable, Alias]"
                : null;
    }

    private void Contract(Type type)
    {
        Array.ForEach(type.GenericTypeArguments, argument => Value(argument, Name(type)));
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (!seen.Add(definition))
            return;
        if (!definition.IsDefined(typeof(GenerateSerializerAttribute), false))
            problems.Add($"{Name(definition)}: Orleans cannot serialise it; give it [GenerateSerializer].");
        if (!definition.IsValueType && !definition.IsDefined(typeof(ImmutableAttribute), false))
            problems.Add($"{Name(definition)}: it would be copied at every call; make it immutable and say so with [Immutable].");
        if (definition is { IsClass: true, IsSealed: false, IsAbstract: false })
            problems.Add($"{Name(definition)}: what derives from it may be anything; make it sealed, or abstract with sealed ones under it.");
        Alias(definition);
        if (definition.IsEnum)
            return;
        for (var level = definition; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
            Members(level);
    }

    private void Members(Type type)
    {
        var ids = new Dictionary<uint, string>();
        foreach (var field in type.GetFields(Instance))
        {
            var property = field.IsDefined(typeof(CompilerGeneratedAttribute), false)
                ? type.GetProperties(Instance).FirstOrDefault(p => field.Name == $"<{p.Name}>k__BackingField")
                : null;
            var (member, name) = property is null ? ((MemberInfo)field, field.Name) : (property, property.Name);
            var where = $"{Name(type)}.{name}";
            if (member.GetCustomAttribute<IdAttribute>() is not { } id)
                problems.Add($"{where}: it would be lost on the way; give it [Id(n)]{(property is null ? "" : ", in a positional record [property: Id(n)]")}.");
            else if (!ids.TryAdd(id.Id, name))
                problems.Add($"{where}: {ids[id.Id]} has [Id({id.Id})] too; give each its own, and never one that was used before.");
            if (property is null ? !field.IsInitOnly : IsSettable(property))
                problems.Add($"{where}: it can be changed after it was sent; use {(property is null ? "an init property" : "init instead of set")}.");
            Value(field.FieldType, where);
        }
    }

    private void Alias(Type type)
    {
        if (type.GetCustomAttributes<AliasAttribute>(false).FirstOrDefault()?.Alias is not { } alias)
            problems.Add($"{Name(type)}: it has no name that outlives a renaming; give it [Alias(\"...\")].");
        else if (!aliases.TryAdd(alias, type) && aliases[alias] != type)
            problems.Add($"{Name(type)}: {Name(aliases[alias])} has the alias '{alias}' too; give each its own.");
    }

    private static bool IsSettable(PropertyInfo property) =>
        property.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool Implements(Type type, Type open) =>
        type.GetInterfaces().Append(type).Any(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == open);

    private static string Name(Type type) => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
}
