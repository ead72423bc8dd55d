import { useEffect, useState } from "preact/hooks";
import type { DictionaryDocument, ExplainDocument, StrategiesDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { visible } from "../format.ts";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";
import { linkTo, type Place, replacePlace } from "../place.tsx";
import { textsOf, typedValue } from "../typed-key.ts";
import { KeyLife } from "./key-life.tsx";

type Category = DictionaryDocument["categories"][number];

/** The life of one key: what was recorded of it, what each strategy has of it, and what it would send. */
export function KeyPage({ place, client }: { readonly place: Place; readonly client: Client }) {
  const [categories, setCategories] = useState<readonly Category[]>();
  const [error, setError] = useState<Unanswered>();
  const [found, setFound] = useState<{ readonly report: ExplainDocument; readonly condition: object }>();
  const given = place.query;
  const strategy = given.get("strategy") ?? "";
  const [name, setName] = useState(given.get("category") ?? "");
  const category = categories?.find((each) => each.name === name);

  const look = async (of: Category, texts: { readonly [field: string]: string }) => {
    const condition = Object.fromEntries(
      Object.entries(of.fields).map(([field, type]) => [field, typedValue(texts[field] ?? "", type)]),
    );
    setError(undefined);
    try {
      setFound({ report: await client.post<ExplainDocument>("explain", { category: of.name, condition }), condition });
    } catch (failure) {
      setFound(undefined);
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  useEffect(() => {
    const begin = async () => {
      try {
        const dictionary = await client.get<DictionaryDocument>("dictionary");
        setCategories(dictionary.categories);
        const wanted = given.get("category") ?? (await categoryOf(client, strategy)) ?? dictionary.categories[0]?.name;
        const of = dictionary.categories.find((each) => each.name === wanted);
        if (of === undefined) return;
        setName(of.name);
        const key = given.get("key");
        if (key !== null) await look(of, textsOf(key));
      } catch (failure) {
        if (!(failure instanceof Unanswered)) throw failure;
        setError(failure);
      }
    };
    void begin();
  }, [client, given.toString()]);
  return (
    <>
      <h1>One key</h1>
      {categories === undefined && error === undefined && <Loading />}
      {categories?.length === 0 && <Empty>The data dictionary has no category.</Empty>}
      {category !== undefined && categories !== undefined && (
        <KeyForm
          key={`${category.name} ${given.get("key") ?? ""}`}
          category={category}
          categories={categories}
          texts={textsOf(given.get("key") ?? "{}")}
          onCategory={(chosen) => replacePlace(linkTo(place.pipeline, "key", { query: { category: chosen } }))}
          onLook={(texts) => void look(category, texts)}
        />
      )}
      <Trouble error={error} />
      {found !== undefined && (
        <KeyLife
          client={client}
          pipeline={place.pipeline}
          first={strategy}
          {...found}
          key={`${found.report.category} ${found.report.key}`}
        />
      )}
    </>
  );
}

/** Which category a strategy is of. */
async function categoryOf(client: Client, strategy: string): Promise<string | undefined> {
  if (strategy === "") return undefined;
  const found = await client
    .get<StrategiesDocument>(`strategies/${encodeURIComponent(strategy)}`)
    .catch(() => undefined);
  return found?.items[0]?.category ?? undefined;
}

interface KeyFormProps {
  readonly category: Category;
  readonly categories: readonly Category[];
  readonly texts: { readonly [field: string]: string };
  readonly onCategory: (name: string) => void;
  readonly onLook: (texts: { readonly [field: string]: string }) => void;
}

function KeyForm({ category, categories, texts: given, onCategory, onLook }: KeyFormProps) {
  const [texts, setTexts] = useState(given);
  return (
    <form
      class="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        onLook(texts);
      }}
    >
      <label class="field">
        <span>Category</span>
        <select value={category.name} onChange={({ currentTarget }) => onCategory(currentTarget.value)}>
          {categories.map(({ name }) => (
            <option key={name} value={name}>
              {visible(name)}
            </option>
          ))}
        </select>
      </label>
      {Object.entries(category.fields).map(([field, type]) => (
        <label key={field} class="field">
          <span>
            {visible(field)} <span class="quiet">{type}</span>
          </span>
          <input
            autocomplete="off"
            spellcheck={false}
            value={texts[field] ?? ""}
            onInput={({ currentTarget }) => setTexts({ ...texts, [field]: currentTarget.value })}
          />
        </label>
      ))}
      <button type="submit" class="primary">
        Explain
      </button>
    </form>
  );
}
